-- Entries that were rejected or in conflict, by reason, and how many of them were recorded anew.
select outcome, reason, count(*) as entries, count(*) filter (where replayed) as recorded_anew, min(commit_number) as first_commit,
       max(commit_number) as last_commit
from teller.pub_incidents
group by outcome, reason
order by entries desc
