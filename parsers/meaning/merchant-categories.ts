/**
 * Merchant category codes: ISO 18245:2003, with the codes that Visa and Mastercard have added since (Visa Merchant
 * Data Standards Manual; Mastercard Quick Reference Booklet, merchant edition). One a line.
 */
const CATEGORIES = `
0742 Veterinary services
0743 Wine producers
0744 Champagne producers
0763 Agricultural cooperatives
0780 Landscaping and horticultural services
1520 General contractors, residential and commercial
1711 Heating, plumbing and air conditioning contractors
1731 Electrical contractors
1740 Masonry, stonework, tile, plastering and insulation contractors
1750 Carpentry contractors
1761 Roofing, siding and sheet metal contractors
1771 Concrete work contractors
1799 Special trade contractors
2741 Publishing and printing
2791 Typesetting, plate making and related services
2842 Cleaning, polishing and sanitation preparations
4011 Railways, freight
4111 Local and suburban passenger transport, ferries
4112 Passenger railways
4119 Ambulance services
4121 Taxis and limousines
4131 Bus lines
4214 Freight carriers, trucking, moving and storage
4215 Courier services and freight forwarders
4225 Public warehousing and storage
4411 Cruise and steamship lines
4457 Boat rentals and leasing
4468 Marinas, marine service and supplies
4511 Airlines and air carriers
4582 Airports, airport terminals and flying fields
4722 Travel agencies and tour operators
4723 Package tour operators
4761 Telemarketing of travel services
4784 Bridge and road fees, tolls
4789 Transport services
4812 Telecommunication equipment and telephone sales
4813 Key-entry telecommunication merchants
4814 Telecommunication services
4815 Monthly summary telephone charges
4816 Computer network and information services
4821 Telegraph services
4829 Money transfer
4899 Cable, satellite and other pay television and radio
4900 Utilities: electric, gas, water, sanitary
5013 Motor vehicle supplies and new parts
5021 Office and commercial furniture
5039 Construction materials
5044 Photographic, photocopy and microfilm equipment
5045 Computers, peripherals and software
5046 Commercial equipment
5047 Medical, dental, ophthalmic and hospital equipment
5051 Metal service centres
5065 Electrical parts and equipment
5072 Hardware, equipment and supplies
5074 Plumbing and heating equipment
5085 Industrial supplies
5094 Precious stones and metals, watches and jewellery
5099 Durable goods
5111 Stationery, office supplies and printing paper
5122 Drugs, drug proprietaries and sundries
5131 Piece goods, notions and other dry goods
5137 Uniforms and commercial clothing
5139 Commercial footwear
5169 Chemicals and allied products
5172 Petroleum and petroleum products
5192 Books, periodicals and newspapers
5193 Florist supplies, nursery stock and flowers
5198 Paints, varnishes and supplies
5199 Non-durable goods
5200 Home supply warehouse stores
5211 Lumber and building materials stores
5231 Glass, paint and wallpaper stores
5251 Hardware stores
5261 Nurseries, lawn and garden supply stores
5262 Marketplaces
5271 Mobile home dealers
5300 Wholesale clubs
5309 Duty-free stores
5310 Discount stores
5311 Department stores
5331 Variety stores
5399 General merchandise
5411 Grocery stores and supermarkets
5422 Freezer and locker meat provisioners
5441 Candy, nut and confectionery stores
5451 Dairy products stores
5462 Bakeries
5499 Convenience stores and speciality food markets
5511 Car and truck dealers, new and used
5521 Car and truck dealers, used only
5531 Auto and home supply stores
5532 Automotive tyre stores
5533 Automotive parts and accessories stores
5541 Service stations
5542 Automated fuel dispensers
5551 Boat dealers
5552 Electric vehicle charging
5561 Camper, recreational and utility trailer dealers
5571 Motorcycle shops and dealers
5592 Motor home dealers
5598 Snowmobile dealers
5599 Automotive, aircraft and farm equipment dealers
5611 Men's and boys' clothing and accessories stores
5621 Women's ready-to-wear stores
5631 Women's accessory and speciality shops
5641 Children's and infants' wear stores
5651 Family clothing stores
5655 Sports and riding apparel stores
5661 Shoe stores
5681 Furriers and fur shops
5691 Men's and women's clothing stores
5697 Tailors, seamstresses, mending and alterations
5698 Wig and toupee shops
5699 Apparel and accessory shops
5712 Furniture, home furnishings and equipment stores
5713 Floor covering stores
5714 Drapery, window covering and upholstery stores
5715 Alcoholic beverage wholesalers
5718 Fireplace, screens and accessories stores
5719 Home furnishing speciality stores
5722 Household appliance stores
5723 Gun and ammunition shops
5732 Electronics stores
5733 Music stores, instruments, pianos and sheet music
5734 Computer software stores
5735 Record shops
5811 Caterers
5812 Restaurants and eating places
5813 Bars, taverns, nightclubs and discotheques
5814 Fast food restaurants
5815 Digital goods: books, films, music
5816 Digital goods: games
5817 Digital goods: applications
5818 Digital goods: large merchants
5832 Antique shops, sales and repairs
5912 Drug stores and pharmacies
5921 Beer, wine and liquor stores
5931 Used merchandise and second-hand stores
5932 Antique shops
5933 Pawn shops
5935 Wrecking and salvage yards
5937 Antique reproduction stores
5940 Bicycle shops
5941 Sporting goods stores
5942 Book stores
5943 Stationery, office and school supply stores
5944 Watch, clock, jewellery and silverware stores
5945 Hobby, toy and game shops
5946 Camera and photographic supply stores
5947 Card, gift, novelty and souvenir shops
5948 Luggage and leather goods stores
5949 Sewing, needlework, fabric and piece goods stores
5950 Glassware and crystal stores
5960 Direct marketing: insurance services
5961 Mail order houses
5962 Direct marketing: travel
5963 Door-to-door sales
5964 Direct marketing: catalogue merchants
5965 Direct marketing: catalogue and retail merchants
5966 Direct marketing: outbound telemarketing
5967 Direct marketing: inbound telemarketing
5968 Direct marketing: continuity and subscription
5969 Direct marketing: other
5970 Artist supply and craft shops
5971 Art dealers and galleries
5972 Stamp and coin stores
5973 Religious goods stores
5975 Hearing aids
5976 Orthopaedic goods and prosthetic devices
5977 Cosmetic stores
5978 Typewriter stores
5983 Fuel dealers: oil, wood, coal, liquefied petroleum
5992 Florists
5993 Cigar stores and stands
5994 News dealers and newsstands
5995 Pet shops, pet food and supplies
5996 Swimming pools
5997 Electric razor stores
5998 Tent and awning shops
5999 Speciality retail stores
6010 Manual cash disbursements by a bank
6011 Automated cash disbursements: cash machines
6012 Financial institutions: merchandise, services, debt repayment
6050 Quasi-cash at a financial institution
6051 Quasi-cash: foreign currency, crypto-assets, money orders
6211 Securities brokers and dealers
6300 Insurance sales, underwriting and premiums
6381 Insurance premiums
6399 Insurance
6513 Real estate agents and managers, rentals
6529 Remote stored value load at a financial institution
6530 Remote stored value load by a merchant
6531 Payment service provider
6532 Payment transaction at a financial institution
6533 Payment transaction by a merchant
6534 Money transfer by a financial institution
6535 Value purchase at a financial institution
6536 Money transfer within a country
6537 Money transfer between countries
6538 Funding transactions
6540 Stored value card purchase and load
6555 Rebates initiated by the scheme
6611 Overpayments
6760 Savings bonds
7011 Hotels, motels and resorts
7012 Timeshares
7013 Real estate agents: brokers
7032 Sporting and recreational camps
7033 Trailer parks and camp grounds
7210 Laundry, cleaning and garment services
7211 Laundry services, family and commercial
7216 Dry cleaners
7217 Carpet and upholstery cleaning
7221 Photographic studios
7230 Barber and beauty shops
7251 Shoe repair, shoe shine and hat cleaning shops
7261 Funeral services and crematories
7273 Dating services
7276 Tax preparation services
7277 Counselling services: debt, marriage, personal
7278 Buying and shopping services and clubs
7280 Hospital patients, personal funds withdrawal
7295 Babysitting services
7296 Clothing rental: costumes, uniforms, formal wear
7297 Massage parlours
7298 Health and beauty spas
7299 Personal services
7311 Advertising services
7321 Consumer credit reporting agencies
7322 Debt collection agencies
7332 Blueprinting and photocopying services
7333 Commercial photography, art and graphics
7338 Quick copy and reproduction services
7339 Stenographic and secretarial support services
7342 Exterminating and disinfecting services
7349 Cleaning, maintenance and janitorial services
7361 Employment agencies and temporary help
7372 Computer programming, data processing and systems design
7375 Information retrieval services
7379 Computer maintenance and repair
7392 Management, consulting and public relations services
7393 Detective and protective agencies, security services
7394 Equipment, tool, furniture and appliance rental
7395 Photofinishing laboratories
7399 Business services
7511 Truck stops
7512 Car rental agencies
7513 Truck and utility trailer rentals
7519 Motor home and recreational vehicle rentals
7523 Parking lots and garages
7524 Express payment service merchants, parking
7531 Automotive body repair shops
7534 Tyre retreading and repair shops
7535 Automotive paint shops
7538 Automotive service shops
7542 Car washes
7549 Towing services
7622 Electronics repair shops
7623 Air conditioning and refrigeration repair shops
7629 Electrical and small appliance repair shops
7631 Watch, clock and jewellery repair
7641 Furniture reupholstery, repair and refinishing
7692 Welding repair
7699 Repair shops and related services
7800 Government-owned lotteries
7801 Government-licensed online casinos
7802 Government-licensed horse and dog racing
7829 Film and video production and distribution
7832 Cinemas
7833 Express payment service merchants, cinemas
7841 Video rental stores
7911 Dance halls, studios and schools
7922 Theatrical producers and ticket agencies
7929 Bands, orchestras and entertainers
7932 Billiard and pool establishments
7933 Bowling alleys
7941 Commercial sports, clubs and promoters
7991 Tourist attractions and exhibits
7992 Public golf courses
7993 Video amusement game supplies
7994 Video game arcades
7995 Betting, casino chips, wagers
7996 Amusement parks, carnivals, circuses, fortune tellers
7997 Membership clubs, country clubs, private golf courses
7998 Aquariums and dolphinariums
7999 Recreation services
8011 Doctors and physicians
8021 Dentists and orthodontists
8031 Osteopaths
8041 Chiropractors
8042 Optometrists and ophthalmologists
8043 Opticians, optical goods and eyeglasses
8044 Optical goods and eyeglasses
8049 Podiatrists and chiropodists
8050 Nursing and personal care facilities
8062 Hospitals
8071 Medical and dental laboratories
8099 Medical services and health practitioners
8111 Legal services and attorneys
8211 Elementary and secondary schools
8220 Colleges, universities and professional schools
8241 Correspondence schools
8244 Business and secretarial schools
8249 Trade and vocational schools
8299 Schools and educational services
8351 Child care services
8398 Charitable and social service organisations
8641 Civic, social and fraternal associations
8651 Political organisations
8661 Religious organisations
8675 Automobile associations
8699 Membership organisations
8734 Testing laboratories, non-medical
8911 Architectural, engineering and surveying services
8931 Accounting, auditing and bookkeeping services
8999 Professional services
9211 Court costs, alimony and child support
9222 Fines
9223 Bail and bond payments
9311 Tax payments
9399 Government services
9401 Procurement through an intermediary
9402 Postal services, government only
9405 Intra-government purchases, government only
9406 Government-owned lotteries, outside the US
9411 Government loan payments
9700 Automated referral service
9701 Visa credential server
9702 Emergency services
9751 Supermarkets, electronic hot file
9752 Petrol stations, electronic hot file
9753 Horse racing wagers
9754 Gambling: racing and state lotteries
9950 Intra-company purchases
`;

/** By code of four digits. */
export const MERCHANT_CATEGORIES: ReadonlyMap<string, string> = new Map(
  CATEGORIES.trim()
    .split('\n')
    .map((line) => [line.slice(0, 4), line.slice(5)]),
);

/** Blocks in which each code is one company of the trade. */
const BLOCKS: readonly (readonly [from: number, to: number, name: string])[] = [
  [3000, 3350, 'Airline, one carrier'],
  [3351, 3500, 'Car rental, one company'],
  [3501, 3999, 'Hotel, one chain'],
];

/** What a merchant of that code trades in; '' where nobody publishes it. */
export function merchantCategory(code: string): string {
  const known = MERCHANT_CATEGORIES.get(code);
  if (known !== undefined) return known;
  const number = /^\d{4}$/.test(code) ? Number(code) : -1;
  return BLOCKS.find(([from, to]) => number >= from && number <= to)?.[2] ?? '';
}
