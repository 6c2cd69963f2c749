-- What people see beside the numbers, as it was given: names in further languages, profiles, photos, figures of an earlier
-- election (schema/presentation.schema.json). One text for both databases (src/store/schema_text.h).
--
-- Both in hex, so that any bytes can be read. Who shows it holds `bytes` against `hash`, which the count file names, and reads
-- them once for each hash: they may be large.

create view pub_presentation as
select p.version,
--sqlite:   lower(hex(p.hash)) as hash, lower(hex(p.bytes)) as bytes
--postgres:   encode(p.hash, 'hex') as hash, encode(p.bytes, 'hex') as bytes
from presentations p where p.version = (select max(n.version) from presentations n);

--postgres: grant select on pub_presentation to teller_reader, teller_writer, teller_publisher;
