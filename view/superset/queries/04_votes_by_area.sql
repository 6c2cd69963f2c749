-- The votes of each option by area, all ways of voting together.
select contest_id, place_name, line_name as option_name, value as votes, how, withheld_in, unknown_in, of_reports, share, share_of
from teller.pub_place_figures
where kind = 'option' and place_id is not null and method_id is null
order by contest, place, value desc nulls last, slot
