-- The two options with the most votes of each contest, and what is missing of them.
-- Of a ranked contest these are first preferences, which decide nothing; what has no value is not first.
select contest_name, contest_kind, place, option_name, votes, how, withheld_in, unknown_in, of_reports, share, share_of
from (select o.*, c.kind as contest_kind, rank() over (partition by o.contest order by o.votes desc) as place
      from teller.pub_options o join teller.pub_contests c on c.contest = o.contest where o.votes is not null) o
where place <= 2
order by contest, place, slot
