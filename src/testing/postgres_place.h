// For tests: a database of its own on the throw-away server of tests/postgres_fixture.sh, and psql.
#pragma once

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "store/store_postgres.h"
#include "testing/command.h"

namespace teller {

inline std::string postgres_server() {
  const char* conninfo = std::getenv("TELLER_TEST_POSTGRES");
  EXPECT_NE(conninfo, nullptr)
      << "run with ctest, or tests/postgres_fixture.sh start FOLDER and "
         "TELLER_TEST_POSTGRES='host=FOLDER user=postgres dbname=postgres'";
  return conninfo == nullptr ? "host=/nowhere" : conninfo;
}

// What psql prints for `sql`; a failure of it fails the test.
inline std::string psql(const std::string& conninfo, const std::string& sql,
                        const char* options = "-qAt") {
  const std::string file = fmt::format("{}/psql-{}.sql", testing::TempDir(), ::getpid());
  if (FILE* out = std::fopen(file.c_str(), "w")) {
    std::fputs(sql.c_str(), out);
    std::fclose(out);
  }
  const std::string command = "psql -X -v ON_ERROR_STOP=1 " + std::string(options) + " -f " + file +
                              " '" + conninfo + "' 2>&1";
  const std::string output = output_of(command);
  std::filesystem::remove(file);
  return output;
}

// A database of its own for each test.
struct PostgresPlace {
  PostgresPlace() {
    static std::atomic<int> made{0};
    name = fmt::format("teller_{}_{}", ::getpid(), ++made);
    psql(postgres_server(), "create database " + name + " owner teller_owner template template0");
  }
  ~PostgresPlace() { psql(postgres_server(), "drop database if exists " + name + " with (force)"); }
  PostgresPlace(const PostgresPlace&) = delete;
  PostgresPlace& operator=(const PostgresPlace&) = delete;

  [[nodiscard]] std::string as(const std::string& role) const {
    return postgres_server() + " dbname=" + name + " user=" + role;
  }
  [[nodiscard]] std::shared_ptr<Store> owner() const {
    return std::make_shared<PostgresStore>(as("teller_owner"));
  }
  std::string admin(const std::string& sql) const { return psql(as("postgres"), sql); }

  std::string name;
};

}  // namespace teller
