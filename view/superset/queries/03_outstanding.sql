-- How many units of each contest were heard from, and how many are still out.
select contest_name, reporting, units, units - reporting as still_out, votes, votes_how
from teller.pub_contests
order by contest
