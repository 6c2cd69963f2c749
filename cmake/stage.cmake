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

# rows(NAME FOLDER TOOL tool SOURCES FILE... FROM FILE...): what tools/TOOL.py makes of the tables FROM, into generated/FOLDER, as
# sources that the stage NAME, and whatever uses it, includes. Ninja looks at the files afterwards: what did not change by it is
# not compiled again.
function(rows name folder)
  cmake_parse_arguments(PARSE_ARGV 2 rows "" "TOOL" "SOURCES;FROM")
  set(folder ${CMAKE_BINARY_DIR}/generated/${folder})
  list(TRANSFORM rows_SOURCES PREPEND ${folder}/)
  list(TRANSFORM rows_FROM PREPEND ${CMAKE_SOURCE_DIR}/)
  set(tool ${CMAKE_SOURCE_DIR}/tools/${rows_TOOL}.py)
  add_custom_command(
    OUTPUT ${rows_SOURCES} COMMAND Python3::Interpreter ${tool} ${folder} DEPENDS ${rows_FROM} ${tool}
    COMMENT "Generating ${name}'s rows by tools/${rows_TOOL}.py" VERBATIM)
  target_sources(${name} PRIVATE ${rows_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_BINARY_DIR}/generated)
endfunction()
