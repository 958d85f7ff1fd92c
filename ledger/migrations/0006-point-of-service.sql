-- Where the card and the merchant met, and how. Of a message whose journal row is older nobody knows it; a projection that
-- is made anew says the same of it as what stands here.
ALTER TABLE holdfast_read.authorisation
  -- How the card's number was read: manual, chip, contactless … (docs/read-model.md). Null where nobody says.
  ADD card_entry text,
  -- What the message said of the card, its holder and how they were made sure of.
  ADD traits text[] NOT NULL DEFAULT '{}',
  -- DE43, of 40 characters at most, and the country of the merchant, an ISO 3166-1 number.
  ADD acceptor text,
  ADD country char(3),
  -- Numbers of the rule that decided, and of the first shadow rule that would have decided otherwise.
  ADD rule bigint,
  ADD shadow_rule bigint;
