-- The figures that fell, the latest first, and why.
select commit_number, unit_id, method_id, contest_id, option_id, before_value, after_value, after_value - before_value as change, reason
from teller.pub_falls
order by commit_number desc, unit_id, option_id
