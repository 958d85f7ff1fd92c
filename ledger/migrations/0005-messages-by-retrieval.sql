-- A message of a link whose `messageKey` is `retrieval` is known by a hash, which says no DE11, DE7 or DE32.
ALTER TABLE holdfast_read.authorisation
  ALTER stan DROP NOT NULL,
  ALTER transmitted DROP NOT NULL,
  ALTER acquirer DROP NOT NULL;
