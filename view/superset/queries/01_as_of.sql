-- What is counted, of which mode and as of when, in the election's time zone.
select election, mode, label, status, commit_number, timezone(time_zone, committed_at) as committed_at, time_zone,
       recorded, counted, duplicate, conflict, rejected, halted
from teller.pub_head
