# Servers that tests speak with: stage(NAME … SERVERS WORD...) gives WORD_properties to every test of the stage whose
# name contains WORD. Nothing is skipped: without the server the test fails.

# A PostgreSQL of our own, started before the first test and stopped after the last. In /tmp, for the path of a Unix
# socket has at most 107 bytes.
string(SHA1 servers_of ${CMAKE_BINARY_DIR})
string(SUBSTRING ${servers_of} 0 12 servers_of)
set(postgres_folder /tmp/teller-postgres-${servers_of})
set(Postgres_properties
    FIXTURES_REQUIRED postgres LABELS postgres
    ENVIRONMENT "TELLER_TEST_POSTGRES=host=${postgres_folder} user=postgres dbname=postgres")
if(BUILD_TESTING)
  foreach(step start stop)
    add_test(NAME postgres.${step} COMMAND ${CMAKE_SOURCE_DIR}/tests/postgres_fixture.sh ${step} ${postgres_folder})
  endforeach()
  set_tests_properties(postgres.start PROPERTIES FIXTURES_SETUP postgres)
  set_tests_properties(postgres.stop PROPERTIES FIXTURES_CLEANUP postgres)
endif()

# The stack of stack/stack.sh, which is running already: `ctest -L stack`; quick runs leave it out with -LE stack.
set(Elasticsearch_properties
    LABELS stack ENVIRONMENT "TELLER_STACK_TOML=${CMAKE_SOURCE_DIR}/.stack/teller.toml")
set(Kafka_properties ${Elasticsearch_properties})
