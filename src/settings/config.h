// teller.toml: where the servers are and who we are to them. Read once at start by every program
// of the service form; the embedded form needs none.
//
// Holds no secret, only the names of the files that do. Everything is checked here (types, unknown
// keys and tables, ranges), so that a mistyped key is found at the start with its line and not as a
// default that is not meant. A relative path is relative to the file's own folder. A table that is
// left out is simply not there: a program says which ones it needs (`need`).
//
// A count beside others on the same servers has a name, [count] name, and what it has there follows
// from it: its topics, its group of inbox readers, its indices. A name of one of these that is given
// all the same and is not the one that follows is a fault, for it would be another count's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace teller {

struct Config {
  struct Count {
    std::filesystem::path home;  // Holds count.json, rules.json, presentation.json.
    std::string name;            // Empty: the one count of its servers that has none.
  };
  struct Kafka {
    std::string brokers;  // host:port, host:port; listeners that take client certificates.
    std::filesystem::path ca;
    std::filesystem::path identities;  // Folder with <name>.crt and <name>.key.
    std::string entries = "entries";   // With a name "<name>.entries", and so on.
    std::string inbox = "inbox";
    std::string refused = "refused";
    std::string inbox_group = "teller-inbox";  // Of all gateways of a count. "teller-inbox-<name>".
    std::int32_t replication = 3;
    std::int32_t min_in_sync = 2;

    [[nodiscard]] std::filesystem::path certificate(std::string_view identity) const;
    [[nodiscard]] std::filesystem::path key(std::string_view identity) const;
  };
  struct Postgres {
    std::string conninfo;              // Without user and password.
    std::filesystem::path identities;  // Folder with <role>.crt and <role>.key; or
    std::filesystem::path passfiles;   // a folder with <role>.pgpass.

    // What libpq wants in order to connect as `role`.
    [[nodiscard]] std::string conninfo_as(std::string_view role) const;
  };
  struct Elasticsearch {
    std::string url;
    std::filesystem::path ca;
    std::string user;
    std::filesystem::path
        password_file;        // Just the password; a newline at its end is no part of it.
    std::int32_t shards = 1;  // Of the index of totals.
  };
  // Of a server of ours: [gateway] and [api].
  struct Https {
    std::string listen;  // address:port
    std::filesystem::path certificate, key;
    std::filesystem::path client_ca;      // Whose certificates make a known sender.
    std::filesystem::path tokens;         // Known tokens (http_server.h); left out: none.
    std::vector<std::string> senders;     // Who may send and read; left out: every known sender.
    std::filesystem::path sender_limits;  // What each may send (sender_limits.h); left out: all.
  };
  struct Api : Https {
    std::vector<std::string> page_origins;  // As in http_server.h; left out: none.
    std::int32_t keep_totals_minutes = 5;   // How often EarlierTotals are kept; 0: never.
    std::filesystem::path persons;          // read_persons(); left out: no provider of identities.
    std::int32_t approval_hours = 24;       // How long a decision waits for signatures.
  };
  struct Segments {
    std::filesystem::path directory;
  };
  struct Published {
    std::filesystem::path directory;
  };

  std::filesystem::path file;  // Where all this stands; for messages.
  Count count;                 // Always there.
  Segments segments;           // Left out: <home>/segments.
  Published published;         // Left out: <home>/published.
  std::optional<Kafka> kafka;
  std::optional<Postgres> postgres;
  std::optional<Elasticsearch> elasticsearch;
  std::optional<Https> gateway;
  std::optional<Api> api;
};

// Errors: reject config.unreadable (no such file, no permission), config.invalid (every fault with
// file, line and key).
[[nodiscard]] Result<Config> load_config(const std::filesystem::path& file);

// The same from text, as if it stood in `file` (which need not exist).
[[nodiscard]] Result<Config> parse_config(std::string_view text, const std::filesystem::path& file);

// The table `name` of `config`, or reject config.invalid that says it is missing:
//   const auto kafka = need(config, config.kafka, "kafka");
template <typename Table>
[[nodiscard]] Result<Table> need(const Config& config, const std::optional<Table>& table,
                                 std::string_view name) {
  if (table) return *table;
  return fail(Remedy::reject, "config.invalid",
              config.file.string() + ": the table [" + std::string(name) + "] is missing");
}

}  // namespace teller
