-- The votes of each list of parties.
select contest_id, party_name, options, votes, how, withheld_in, unknown_in, of_reports, share, share_of
from teller.pub_parties
order by contest, votes desc nulls last, place
