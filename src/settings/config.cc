#include "settings/config.h"

#include <algorithm>

#include <fmt/format.h>

#include "settings/toml_file.h"

namespace teller {
namespace {

constexpr std::size_t count_name_length_max = 20;
constexpr std::string_view count_name_rule =
    "must be 1 to 20 of a-z, 0-9 and -, with a letter first and no - at the end";

// In names of topics, databases, indices, pages and files at once.
bool is_count_name(std::string_view name) {
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto good = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-'; };
  return name.size() <= count_name_length_max && !name.empty() && letter(name.front()) &&
         name.back() != '-' && std::ranges::all_of(name, good);
}

struct Sections {
  const std::filesystem::path& file;
  std::string count_name = {};  // Known once [count] is read.

  // A relative path is relative to the folder of the file.
  void path(const TomlTable& table, std::string_view key, std::filesystem::path& out,
            Need need = Need::required) const {
    std::string value;
    if (table.text(key, value, need)) out = (file.parent_path() / value).lexically_normal();
  }

  // `out`: what it is called without a name of the count.
  void topic(const TomlTable& table, std::string_view key, std::string& out) const {
    const std::string ours = count_name.empty() ? "" : count_name + "." + out;
    if (!ours.empty()) out = ours;
    if (table.text(key, out, Need::not_empty) && !ours.empty() && out != ours) {
      table.fault(key,
                  fmt::format("of the count \"{}\" is \"{}\": leave it out", count_name, ours));
    }
  }

  void read(const TomlTable& table, Config::Count& out) const {
    path(table, "home", out.home);
    if (table.text("name", out.name, Need::not_empty) && !is_count_name(out.name)) {
      table.fault("name", count_name_rule);
    }
  }

  void read(const TomlTable& table, Config::Segments& out) const {
    path(table, "directory", out.directory);
  }

  void read(const TomlTable& table, Config::Published& out) const {
    path(table, "directory", out.directory);
  }

  void read(const TomlTable& table, Config::Kafka& out) const {
    table.text("brokers", out.brokers, Need::required);
    path(table, "ca", out.ca);
    path(table, "identities", out.identities);
    topic(table, "entries", out.entries);
    topic(table, "inbox", out.inbox);
    topic(table, "refused", out.refused);
    if (!count_name.empty()) out.inbox_group += "-" + count_name;
    table.number("replication", out.replication, 1, 15);
    table.number("min_in_sync", out.min_in_sync, 1, 15);
    if (out.min_in_sync > out.replication)
      table.fault("min_in_sync", "is above replication, so that nothing could ever be written");
    if (out.entries == out.inbox || out.inbox == out.refused || out.entries == out.refused)
      table.fault("inbox", "must be a topic of its own, as entries and refused must be");
  }

  void read(const TomlTable& table, Config::Postgres& out) const {
    table.text("conninfo", out.conninfo, Need::required);
    path(table, "identities", out.identities, Need::not_empty);
    path(table, "passfiles", out.passfiles, Need::not_empty);
    if (out.identities.empty() == out.passfiles.empty())
      table.fault("identities",
                  "must say where <role>.crt and <role>.key are, or passfiles where <role>.pgpass "
                  "is, and not both");
  }

  void read(const TomlTable& table, Config::Elasticsearch& out) const {
    table.text("url", out.url, Need::required);
    path(table, "ca", out.ca);
    table.text("user", out.user, Need::required);
    path(table, "password_file", out.password_file);
    table.number("shards", out.shards, 1, 1024);  // More than that Elasticsearch refuses.
  }

  void read(const TomlTable& table, Config::Https& out) const {
    table.text("listen", out.listen, Need::required);
    path(table, "certificate", out.certificate);
    path(table, "key", out.key);
    path(table, "client_ca", out.client_ca);
    path(table, "tokens", out.tokens, Need::not_empty);
    // An empty list would let in every known sender, which is what leaving it out is for.
    out.senders = table.texts("senders", Need::not_empty);
    path(table, "sender_limits", out.sender_limits, Need::not_empty);
  }

  void read(const TomlTable& table, Config::Api& out) const {
    read(table, static_cast<Config::Https&>(out));
    out.page_origins = table.texts("page_origins", Need::not_empty);
    table.number("keep_totals_minutes", out.keep_totals_minutes, 0, 24 * 60);
    path(table, "persons", out.persons, Need::not_empty);
    table.number("approval_hours", out.approval_hours, 1, 24 * 366);
  }

  // The table `name`, if it is there.
  template <typename Section>
  [[nodiscard]] std::optional<Section> section(const TomlTable& root, std::string_view name,
                                               Need need = Need::optional) const {
    const auto table = root.table(name, need);
    if (!table) return std::nullopt;
    Section section;
    read(*table, section);
    return section;
  }
};

// A value of a conninfo string (libpq: backslash before quote and backslash).
std::string conninfo_value(std::string_view value) {
  std::string out = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out += '\'';
}

}  // namespace

std::filesystem::path Config::Kafka::certificate(std::string_view identity) const {
  return identities / fmt::format("{}.crt", identity);
}

std::filesystem::path Config::Kafka::key(std::string_view identity) const {
  return identities / fmt::format("{}.key", identity);
}

std::string Config::Postgres::conninfo_as(std::string_view role) const {
  const auto quoted = [&](const std::filesystem::path& folder, const char* ending) {
    return conninfo_value((folder / fmt::format("{}.{}", role, ending)).string());
  };
  const std::string as = fmt::format("{} user={}", conninfo, conninfo_value(role));
  if (identities.empty()) return fmt::format("{} passfile={}", as, quoted(passfiles, "pgpass"));
  return fmt::format("{} sslcert={} sslkey={}", as, quoted(identities, "crt"),
                     quoted(identities, "key"));
}

Result<Config> parse_config(std::string_view text, const std::filesystem::path& file) {
  auto toml = TomlFile::parse(text, file.string(), "config.invalid");
  if (!toml) return std::unexpected(toml.error());
  const TomlTable root = toml->root();
  Sections sections{file};
  Config config;
  config.file = file;
  const auto count = sections.section<Config::Count>(root, "count", Need::required);
  if (count) sections.count_name = count->name;
  const auto segments = sections.section<Config::Segments>(root, "segments");
  const auto published = sections.section<Config::Published>(root, "published");
  config.kafka = sections.section<Config::Kafka>(root, "kafka");
  config.postgres = sections.section<Config::Postgres>(root, "postgres");
  config.elasticsearch = sections.section<Config::Elasticsearch>(root, "elasticsearch");
  config.gateway = sections.section<Config::Https>(root, "gateway");
  config.api = sections.section<Config::Api>(root, "api");
  if (auto good = toml->finish(); !good) return std::unexpected(good.error());

  config.count = *count;
  config.segments = segments.value_or(Config::Segments{config.count.home / "segments"});
  config.published = published.value_or(Config::Published{config.count.home / "published"});
  return config;
}

Result<Config> load_config(const std::filesystem::path& file) {
  const auto text = read_toml(file, "config.invalid");
  if (!text && text.error().code == Code("config.invalid")) return std::unexpected(text.error());
  if (!text || text->empty())
    return fail(
        Remedy::reject, "config.unreadable",
        fmt::format("{}: no such file, empty, or not readable by this user", file.string()));
  return parse_config(*text, std::filesystem::absolute(file));
}

}  // namespace teller
