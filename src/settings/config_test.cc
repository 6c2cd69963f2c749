#include "settings/config.h"

#include <fstream>

#include <gtest/gtest.h>

namespace teller {
namespace {

constexpr std::string_view whole = R"(
[count]
home = "count"
[kafka]
brokers = "localhost:19095,localhost:19195"
ca = "/secrets/ca.crt"
identities = "secrets"
entries = "entries"
inbox = "inbox"
refused = "refused"
replication = 3
min_in_sync = 2
[postgres]
conninfo = "host=localhost port=25432 dbname=teller sslmode=verify-full"
passfiles = "/it's"
[elasticsearch]
url = "https://localhost:19200"
ca = "/secrets/ca.crt"
user = "publisher"
password_file = "/secrets/elastic.publisher"
shards = 2
[gateway]
listen = "127.0.0.1:18443"
certificate = "/secrets/server.crt"
key = "/secrets/server.key"
client_ca = "/secrets/ca.crt"
tokens = "tokens"
senders = ["station", "county"]
sender_limits = "limits.toml"
[api]
listen = "127.0.0.1:18447"
certificate = "/secrets/server.crt"
key = "/secrets/server.key"
client_ca = "/secrets/ca.crt"
senders = ["clerk"]
page_origins = ["https://news.example"]
persons = "persons.toml"
approval_hours = 48
[segments]
directory = "/mnt/segments"
[published]
directory = "../published"
)";

Result<Config> parse(std::string_view toml) {
  return parse_config(toml, "/etc/teller/teller.toml");
}

std::string fault_of(std::string_view toml) {
  const auto config = parse(toml);
  if (config) return "none";
  EXPECT_EQ(config.error().remedy, Remedy::reject);
  EXPECT_EQ(config.error().code, "config.invalid");
  return config.error().detail;
}

TEST(Config, HasEveryTableOfTheFile) {
  const auto config = parse(whole);
  ASSERT_TRUE(config) << to_text(config.error());

  EXPECT_EQ(config->kafka->brokers, "localhost:19095,localhost:19195");
  EXPECT_EQ(config->kafka->min_in_sync, 2);
  EXPECT_EQ(config->elasticsearch->user, "publisher");
  EXPECT_EQ(config->elasticsearch->shards, 2);
  EXPECT_EQ(config->gateway->listen, "127.0.0.1:18443");
  EXPECT_EQ(config->gateway->tokens, "/etc/teller/tokens");
  EXPECT_EQ(config->gateway->senders, (std::vector<std::string>{"station", "county"}));
  EXPECT_EQ(config->gateway->sender_limits, "/etc/teller/limits.toml");
  EXPECT_EQ(config->api->listen, "127.0.0.1:18447");
  EXPECT_EQ(config->api->senders, (std::vector<std::string>{"clerk"}));
  EXPECT_EQ(config->api->page_origins, (std::vector<std::string>{"https://news.example"}));
  EXPECT_EQ(config->api->persons, "/etc/teller/persons.toml");
  EXPECT_EQ(config->api->approval_hours, 48);
  EXPECT_EQ(config->segments.directory, "/mnt/segments");
}

std::string named(std::string_view name, std::string_view more = "") {
  return "[count]\nhome = \"a\"\nname = \"" + std::string(name) +
         "\"\n[kafka]\nbrokers = \"b\"\nca = \"c\"\nidentities = \"d\"\n" + std::string(more);
}

TEST(Config, GivesACountWithoutANameTheNamesOfBefore) {
  const auto config = parse(whole);
  ASSERT_TRUE(config) << to_text(config.error());
  EXPECT_EQ(config->count.name, "");
  EXPECT_EQ(config->kafka->entries, "entries");
  EXPECT_EQ(config->kafka->inbox_group, "teller-inbox");
}

TEST(Config, DerivesTopicsAndGroupFromTheNameOfTheCount) {
  const auto config = parse(named("rill-2026"));
  ASSERT_TRUE(config) << to_text(config.error());
  EXPECT_EQ(config->count.name, "rill-2026");
  EXPECT_EQ(config->kafka->entries, "rill-2026.entries");
  EXPECT_EQ(config->kafka->inbox, "rill-2026.inbox");
  EXPECT_EQ(config->kafka->refused, "rill-2026.refused");
  EXPECT_EQ(config->kafka->inbox_group, "teller-inbox-rill-2026");
}

// Copied from another count's file: its entries would go into that one's topic.
TEST(Config, RefusesATopicThatIsNotTheNamedCounts) {
  EXPECT_EQ(fault_of(named("rill", "entries = \"rill.entries\"\n")), "none");
  EXPECT_EQ(fault_of(named("rill", "entries = \"brook.entries\"\n")),
            "/etc/teller/teller.toml:8: [kafka] entries of the count \"rill\" is "
            "\"rill.entries\": leave it out");
  EXPECT_EQ(fault_of(named("rill", "inbox = \"inbox\"\n")),
            "/etc/teller/teller.toml:8: [kafka] inbox of the count \"rill\" is "
            "\"rill.inbox\": leave it out");
}

TEST(Config, RefusesANameThatCannotStandInNamesOfTopicsAndDatabases) {
  EXPECT_EQ(fault_of(named("a")), "none");
  EXPECT_EQ(fault_of(named("a2345678901234567890")), "none");
  for (const char* name : {"", "Rill", "2rill", "-rill", "rill-", "rill.b", "rill_b", "rill b",
                           "rill/b", "ríll", "a23456789012345678901"}) {
    EXPECT_TRUE(fault_of(named(name)).starts_with("/etc/teller/teller.toml:3: [count] name must "))
        << name;
  }
}

// The same file must mean the same whatever folder a program is started in.
TEST(Config, ResolvesRelativePathsAgainstTheFilesOwnFolder) {
  const auto config = parse(whole);
  ASSERT_TRUE(config) << to_text(config.error());

  EXPECT_EQ(config->count.home, "/etc/teller/count");
  EXPECT_EQ(config->published.directory, "/etc/published");
  EXPECT_EQ(config->kafka->ca, "/secrets/ca.crt");
  EXPECT_EQ(config->kafka->certificate("gateway"), "/etc/teller/secrets/gateway.crt");
  EXPECT_EQ(config->kafka->key("admin"), "/etc/teller/secrets/admin.key");
}

TEST(Config, GivesLibpqTheRoleAndItsPassfileQuoted) {
  const auto config = parse(whole);
  ASSERT_TRUE(config) << to_text(config.error());

  EXPECT_EQ(config->postgres->conninfo_as("teller_reader"),
            "host=localhost port=25432 dbname=teller sslmode=verify-full user='teller_reader' "
            "passfile='/it\\'s/teller_reader.pgpass'");
}

// With certificates a changed password changes nothing.
TEST(Config, GivesLibpqTheCertificateOfTheRole) {
  const std::string start = "[count]\nhome = \"a\"\n[postgres]\nconninfo = \"host=h\"\n";
  const auto config = parse(start + "identities = \"secrets\"\n");
  ASSERT_TRUE(config) << to_text(config.error());
  EXPECT_EQ(config->postgres->conninfo_as("teller_reader"),
            "host=h user='teller_reader' sslcert='/etc/teller/secrets/teller_reader.crt' "
            "sslkey='/etc/teller/secrets/teller_reader.key'");

  for (const char* wrong : {"", "identities = \"a\"\npassfiles = \"b\"\n"}) {
    EXPECT_NE(fault_of(start + wrong).find("[postgres] identities must say where"),
              std::string::npos)
        << fault_of(start + wrong);
  }
}

TEST(Config, PutsSegmentsAndPublishedIntoTheHomeUnlessToldOtherwise) {
  const auto config = parse("[count]\nhome = \"/count\"\n");
  ASSERT_TRUE(config) << to_text(config.error());

  EXPECT_EQ(config->segments.directory, "/count/segments");
  EXPECT_EQ(config->published.directory, "/count/published");
  EXPECT_FALSE(config->kafka);
  EXPECT_EQ(need(*config, config->kafka, "kafka").error().detail,
            "/etc/teller/teller.toml: the table [kafka] is missing");
}

TEST(Config, NamesFileLineAndKeyOfAFault) {
  EXPECT_EQ(fault_of("[count]\nhome = 7\n"),
            "/etc/teller/teller.toml:2: [count] home must be a text in quotes: home = \"…\"");
  EXPECT_EQ(fault_of("[count]\nhome = \"\"\n"),
            "/etc/teller/teller.toml:2: [count] home must not be empty");
  EXPECT_EQ(fault_of("\n[count]\n"),
            "/etc/teller/teller.toml:2: [count] home is missing: write home = \"…\"");
  EXPECT_EQ(fault_of("count = 1\n"), "/etc/teller/teller.toml:1: count must be a table: [count]");
  EXPECT_EQ(fault_of(""), "/etc/teller/teller.toml: the table [count] is missing");
  EXPECT_TRUE(fault_of("[count\n").starts_with("/etc/teller/teller.toml:1: is not TOML: "))
      << fault_of("[count\n");
}

// A mistyped key that is silently ignored is a default that nobody meant.
TEST(Config, RefusesKeysAndTablesItDoesNotKnow) {
  EXPECT_EQ(
      fault_of("[count]\nhome = \"a\"\nhomes = \"b\"\n"),
      "/etc/teller/teller.toml:3: [count] homes is not known here; did you mean home? Known are "
      "home, name");
  EXPECT_EQ(
      fault_of("[count]\nhome = \"a\"\n[kafkaa]\n"),
      "/etc/teller/teller.toml:3: kafkaa is not known here; did you mean kafka? Known are count, "
      "segments, published, kafka, postgres, elasticsearch, gateway, api");
}

TEST(Config, NamesTheFaultsOfAllTablesAtOnce) {
  EXPECT_EQ(fault_of("[segments]\n[gateway]\nlisten = 1\ncertificate = \"c\"\nkey = \"k\"\n"
                     "client_ca = \"ca\"\nsenders = []\n"),
            "/etc/teller/teller.toml: the table [count] is missing\n"
            "/etc/teller/teller.toml:1: [segments] directory is missing: write directory = \"…\"\n"
            "/etc/teller/teller.toml:3: [gateway] listen must be a text in quotes: listen = \"…\"\n"
            "/etc/teller/teller.toml:7: [gateway] senders must not be empty");
}

TEST(Config, RefusesNumbersOutOfRange) {
  const std::string kafka =
      "[count]\nhome = \"a\"\n[kafka]\nbrokers = \"b\"\nca = \"c\"\nidentities = \"d\"\n";
  EXPECT_EQ(fault_of(kafka), "none");
  EXPECT_EQ(fault_of(kafka + "replication = 0\n"),
            "/etc/teller/teller.toml:7: [kafka] replication must be a whole number from 1 to 15");
  EXPECT_EQ(fault_of(kafka + "replication = 1\n"),
            "/etc/teller/teller.toml:3: [kafka] min_in_sync is above replication, so that nothing "
            "could ever be written");
  EXPECT_EQ(fault_of(kafka + "inbox = \"entries\"\n"),
            "/etc/teller/teller.toml:7: [kafka] inbox must be a topic of its own, as entries and "
            "refused must be");
}

TEST(Config, RefusesShardsThatElasticsearchWouldRefuse) {
  const std::string search =
      "[count]\nhome = \"a\"\n[elasticsearch]\nurl = \"u\"\nca = \"c\"\nuser = \"p\"\n"
      "password_file = \"f\"\n";
  EXPECT_EQ(fault_of(search), "none");
  for (const char* shards : {"0", "1025", "\"2\""}) {
    EXPECT_EQ(fault_of(search + "shards = " + shards + "\n"),
              "/etc/teller/teller.toml:8: [elasticsearch] shards must be a whole number from 1 to "
              "1024");
  }
}

TEST(Config, SaysWhenTheFileCannotBeRead) {
  EXPECT_EQ(load_config("/nowhere/teller.toml").error().code, "config.unreadable");
  EXPECT_EQ(load_config("/").error().code, "config.unreadable");

  const std::string file = testing::TempDir() + "config_test.toml";
  std::ofstream(file) << whole;
  EXPECT_TRUE(load_config(file));
  std::ofstream(file, std::ios::app) << std::string(5 << 20, '#');
  EXPECT_EQ(load_config(file).error().detail,
            file + ": is larger than 4 MiB: is this the right file?");
}

}  // namespace
}  // namespace teller
