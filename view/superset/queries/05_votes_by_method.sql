-- The votes of each option by way of voting, all places together.
select contest_id, method_name, line_name as option_name, value as votes, how, withheld_in, unknown_in, of_reports, share, share_of
from teller.pub_place_figures
where kind = 'option' and place_id is null and method_id is not null
order by contest, method, value desc nulls last, slot
