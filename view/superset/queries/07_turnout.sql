-- Registered voters, cards and turnout by place.
select contest_id, coalesce(place_name, 'all places') as place, reporting, registered, registered_how, registered_of, cards, cards_how, turnout
from teller.pub_turnout_places
order by contest, place_id is not null, teller.pub_turnout_places.place
