#include "settings/config.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <vector>

#include <fmt/format.h>
#include <toml++/toml.h>

namespace teller {
namespace {

// One table being read. The first fault is kept and all later reads give nothing, so that a table
// is read in one go and asked once. finish() finds the keys that nobody asked for.
class Table {
 public:
  Table(const toml::table& table, std::string name, const std::filesystem::path& file)
      : table_(&table), name_(std::move(name)), file_(&file) {}

  void text(std::string_view key, std::string& out, bool required = true) {
    const toml::node* node = find(key, required);
    if (!node) return;
    const auto value = node->value_exact<std::string>();
    if (!value) return fault(*node, key, "must be a text in quotes");
    if (value->empty()) return fault(*node, key, "must not be empty");
    out = *value;
  }

  void path(std::string_view key, std::filesystem::path& out, bool required = true) {
    std::string value;
    text(key, value, required);
    if (!value.empty()) out = (file_->parent_path() / value).lexically_normal();
  }

  // A list of texts; left out: empty.
  void texts(std::string_view key, std::vector<std::string>& out) {
    const toml::node* node = find(key, false);
    if (!node) return;
    const toml::array* list = node->as_array();
    if (!list || list->empty()) return fault(*node, key, "must be a list of texts");
    for (const toml::node& one : *list) {
      const auto value = one.value_exact<std::string>();
      if (!value || value->empty()) return fault(one, key, "must be a list of texts");
      out.push_back(*value);
    }
  }

  void number(std::string_view key, std::int32_t& out, std::int32_t min, std::int32_t max) {
    const toml::node* node = find(key, false);
    if (!node) return;
    const auto value = node->value_exact<std::int64_t>();
    if (!value || *value < min || *value > max)
      return fault(*node, key, fmt::format("must be a whole number from {} to {}", min, max));
    out = static_cast<std::int32_t>(*value);
  }

  void reject_if(bool wrong, std::string_view key, std::string_view why) {
    const toml::node* node = table_->get(key);
    if (wrong) fault(node ? *node : static_cast<const toml::node&>(*table_), key, why);
  }

  // The first fault of this table; an unknown key is one.
  [[nodiscard]] std::optional<Error> finish() {
    for (const auto& [key, node] : *table_) {
      if (known_.contains(key.str())) continue;
      std::string known;
      for (const std::string_view one : known_) known.append(known.empty() ? "" : ", ").append(one);
      fault(node, key.str(), "no such key; known here: " + known);
    }
    return fault_;
  }

 private:
  const toml::node* find(std::string_view key, bool required) {
    known_.insert(key);
    const toml::node* node = table_->get(key);
    if (!node && required) fault(*table_, key, "is missing");
    return node;
  }

  void fault(const toml::node& at, std::string_view key, std::string_view what) {
    if (fault_) return;
    fault_ = Error{
        Remedy::reject, "config.invalid",
        fmt::format("{}:{}: {}.{}: {}", file_->string(), at.source().begin.line, name_, key, what)};
  }

  const toml::table* table_;
  std::string name_;
  const std::filesystem::path* file_;
  std::set<std::string_view> known_;  // Literals of the callers.
  std::optional<Error> fault_;
};

void read(Table& table, Config::Count& out) { table.path("home", out.home); }

void read(Table& table, Config::Segments& out) { table.path("directory", out.directory); }

void read(Table& table, Config::Published& out) { table.path("directory", out.directory); }

void read(Table& table, Config::Kafka& out) {
  table.text("brokers", out.brokers);
  table.path("ca", out.ca);
  table.path("identities", out.identities);
  table.text("entries", out.entries, false);
  table.text("inbox", out.inbox, false);
  table.text("refused", out.refused, false);
  table.number("replication", out.replication, 1, 15);
  table.number("min_in_sync", out.min_in_sync, 1, 15);
  table.reject_if(out.min_in_sync > out.replication, "min_in_sync",
                  "is above replication, so that nothing could ever be written");
  table.reject_if(
      out.entries == out.inbox || out.inbox == out.refused || out.entries == out.refused, "inbox",
      "entries, inbox and refused must be three topics");
}

void read(Table& table, Config::Postgres& out) {
  table.text("conninfo", out.conninfo);
  table.path("passfiles", out.passfiles);
}

void read(Table& table, Config::Elasticsearch& out) {
  table.text("url", out.url);
  table.path("ca", out.ca);
  table.text("user", out.user);
  table.path("password_file", out.password_file);
}

void read(Table& table, Config::Gateway& out) {
  table.text("listen", out.listen);
  table.path("certificate", out.certificate);
  table.path("key", out.key);
  table.path("client_ca", out.client_ca);
  table.path("tokens", out.tokens, false);
  table.texts("senders", out.senders);
}

// Reads table `name` into `out` if it is there.
template <typename Section>
std::optional<Error> read_section(const toml::table& root, std::string_view name,
                                  const std::filesystem::path& file, std::optional<Section>& out) {
  const toml::node* node = root.get(name);
  if (!node) return std::nullopt;
  if (!node->is_table())
    return Error{Remedy::reject, "config.invalid",
                 fmt::format("{}:{}: {}: must be a table: [{}]", file.string(),
                             node->source().begin.line, name, name)};
  Table table(*node->as_table(), std::string(name), file);
  Section section;
  read(table, section);
  if (auto fault = table.finish()) return fault;
  out = std::move(section);
  return std::nullopt;
}

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
  return fmt::format("{} user={} passfile={}", conninfo, conninfo_value(role),
                     conninfo_value((passfiles / fmt::format("{}.pgpass", role)).string()));
}

Result<Config> parse_config(std::string_view toml, const std::filesystem::path& file) {
  toml::table root;
  try {
    root = toml::parse(toml, file.string());
  } catch (const toml::parse_error& error) {
    return fail(
        Remedy::reject, "config.invalid",
        fmt::format("{}:{}: {}", file.string(), error.source().begin.line, error.description()));
  }
  for (const auto& [key, node] : root) {
    static constexpr std::string_view known[] = {"count",   "kafka",    "postgres", "elasticsearch",
                                                 "gateway", "segments", "published"};
    if (std::ranges::find(known, key.str()) == std::end(known))
      return fail(Remedy::reject, "config.invalid",
                  fmt::format("{}:{}: {}: no such table; known: {}", file.string(),
                              node.source().begin.line, key.str(), fmt::join(known, ", ")));
  }

  Config config;
  config.file = file;
  std::optional<Config::Count> count;
  std::optional<Config::Segments> segments;
  std::optional<Config::Published> published;
  std::optional<Error> fault = read_section(root, "count", file, count);
  if (!fault) fault = read_section(root, "segments", file, segments);
  if (!fault) fault = read_section(root, "published", file, published);
  if (!fault) fault = read_section(root, "kafka", file, config.kafka);
  if (!fault) fault = read_section(root, "postgres", file, config.postgres);
  if (!fault) fault = read_section(root, "elasticsearch", file, config.elasticsearch);
  if (!fault) fault = read_section(root, "gateway", file, config.gateway);
  if (fault) return std::unexpected(*fault);

  if (auto needed = need(config, count, "count"); needed)
    config.count = *needed;
  else
    return std::unexpected(needed.error());
  config.segments = segments.value_or(Config::Segments{config.count.home / "segments"});
  config.published = published.value_or(Config::Published{config.count.home / "published"});
  return config;
}

Result<Config> load_config(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (!in || !std::filesystem::is_regular_file(file) || !(text << in.rdbuf()))
    return fail(
        Remedy::reject, "config.unreadable",
        fmt::format("{}: no such file, empty, or not readable by this user", file.string()));
  return parse_config(text.str(), std::filesystem::absolute(file));
}

}  // namespace teller
