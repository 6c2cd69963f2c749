-- The result sheets whose votes do not go with their cards.
select contest_name, unit_name, method_name, checked, votes, cards, votes_allowed, most
from teller.pub_sheet_checks
where wrong = 1
order by contest, unit
