# stage(NAME [USES OTHER...] [TESTS_USE OTHER...] [LINK LIB...] [EMBED WORD=FILE...] [SERVERS WORD...])
#
# Makes src/NAME one library, and one test program out of its *_test.cc files. TESTS_USE: what only its tests need. LINK names the
# third-party libraries that its adapters need. EMBED puts the text of a file (schema, mapping) into
# the program: `#include "embedded/WORD.h"` has it as `embedded::WORD`, a std::string_view. SERVERS:
# see servers.cmake. A stage that has no .cc is header-only; main.cc is that of a program and no part of the library.
#
# The presets release and fuzz compile several files of a stage at once (CMAKE_UNITY_BUILD): most of the time goes into
# templates that many of them use. So names in unnamed namespaces of one stage differ. Those that cannot stand alone:
set_source_files_properties(
  src/publish/figures_test.cc           # its election is one of many short names
  src/publish/publisher.cc              # tests/simulation has its own of it, to make mutants of
  src/store/store_postgres_views.cc     # plain libpq,
  src/store/store_sqlite_backup.cc      # and plain SQLite, each with connections of its own
  PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
include(${CMAKE_CURRENT_LIST_DIR}/servers.cmake)
set(strict -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  list(APPEND strict -Wno-subobject-linkage)  # It takes an included .cc for a header.
endif()

function(stage name)
  cmake_parse_arguments(PARSE_ARGV 1 stage "" "" "USES;TESTS_USE;LINK;EMBED;SERVERS")
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cc)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cc$")

  if(sources)
    add_library(${name} STATIC ${sources})
    set(scope PUBLIC)
    target_compile_options(${name} PRIVATE ${strict})
  else()
    add_library(${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${name} ${scope} ${CMAKE_SOURCE_DIR}/src)
  target_compile_features(${name} ${scope} cxx_std_23)
  target_link_libraries(${name} ${scope} ${stage_USES} ${stage_LINK})

  foreach(pair IN LISTS stage_EMBED)
    string(REGEX MATCH "^([a-z0-9_]+)=(.+)$" matched "${pair}")
    set(word ${CMAKE_MATCH_1})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${CMAKE_MATCH_2})
    file(READ ${CMAKE_SOURCE_DIR}/${CMAKE_MATCH_2} text)
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/embedded/${word}.h @ONLY
         CONTENT [[#pragma once
#include <string_view>
namespace teller::embedded {
inline constexpr std::string_view @word@ = R"embedded(@text@)embedded";
}
]])
    target_include_directories(${name} ${scope} ${CMAKE_BINARY_DIR}/generated)
  endforeach()

  if(tests AND BUILD_TESTING)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${name} ${stage_TESTS_USE} GTest::gtest_main)
    target_compile_options(${name}_test PRIVATE ${strict} $<$<CONFIG:RelWithDebInfo>:-O1>)
    target_compile_definitions(${name}_test PRIVATE TELLER_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    include(GoogleTest)
    set(without)
    foreach(server IN LISTS stage_SERVERS)
      list(APPEND without "*${server}*")
      gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 120
                           TEST_FILTER "*${server}*" TEST_LIST ${name}_${server}_tests
                           PROPERTIES ${${server}_properties})
    endforeach()
    list(JOIN without ":" without)
    gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 120
                         TEST_FILTER "*-${without}")
  endif()
endfunction()

# codes(NAME FILE): the codes of FILE (schema/events.toml) as the sources that the stage NAME, and whatever uses it, includes.
# Ninja looks at the files afterwards: what did not change by it is not compiled again.
function(codes name file)
  set(folder ${CMAKE_BINARY_DIR}/generated/codes)
  add_custom_command(
    OUTPUT ${folder}/code_rows.inc ${folder}/code_texts.inc
    COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/tools/codes_source.py ${folder}
    DEPENDS ${CMAKE_SOURCE_DIR}/${file} ${CMAKE_SOURCE_DIR}/tools/codes_source.py ${CMAKE_SOURCE_DIR}/tools/errors_page.py
    COMMENT "Generating the codes of ${file}" VERBATIM)
  target_sources(${name} PRIVATE ${folder}/code_rows.inc ${folder}/code_texts.inc)
  target_include_directories(${name} PUBLIC ${CMAKE_BINARY_DIR}/generated)
endfunction()

# decisions(NAME FILE): the table of who may decide what (schema/decisions.toml) as a source that the stage NAME includes.
function(decisions name file)
  set(folder ${CMAKE_BINARY_DIR}/generated/decisions)
  add_custom_command(
    OUTPUT ${folder}/decision_rows.inc
    COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/tools/decisions_source.py ${folder}
    DEPENDS ${CMAKE_SOURCE_DIR}/${file} ${CMAKE_SOURCE_DIR}/tools/decisions_source.py
    COMMENT "Generating the decisions of ${file}" VERBATIM)
  target_sources(${name} PRIVATE ${folder}/decision_rows.inc)
  target_include_directories(${name} PRIVATE ${CMAKE_BINARY_DIR}/generated)
endfunction()

# roles(NAME FILE): the table of roles, stages and operations (schema/roles.toml) as two sources that the stage NAME includes.
function(roles name file)
  set(folder ${CMAKE_BINARY_DIR}/generated/roles)
  add_custom_command(
    OUTPUT ${folder}/operation_rows.inc ${folder}/separated_rows.inc
    COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/tools/roles_source.py ${folder}
    DEPENDS ${CMAKE_SOURCE_DIR}/${file} ${CMAKE_SOURCE_DIR}/schema/decisions.toml ${CMAKE_SOURCE_DIR}/tools/roles_source.py
    COMMENT "Generating the roles of ${file}" VERBATIM)
  target_sources(${name} PRIVATE ${folder}/operation_rows.inc ${folder}/separated_rows.inc)
  target_include_directories(${name} PRIVATE ${CMAKE_BINARY_DIR}/generated)
endfunction()
