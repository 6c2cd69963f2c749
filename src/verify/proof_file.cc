#include "verify/proof_file.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "election/json_tree.h"
#include "log/merkle.h"
#include "log/tiles.h"
#include "publish/export.h"
#include "publish/note.h"
#include "publish/statement.h"
#include "verify/evidence_export.h"

namespace teller {

namespace fs = std::filesystem;

namespace {

using Json = nlohmann::ordered_json;
// What is read: keys are sorted, so that many of them cost no more than they weigh.
using ReadJson = nlohmann::json;

Json hex_of(const std::vector<Hash>& path) {
  Json list = Json::array();
  for (const Hash& hash : path) list.push_back(to_hex(hash));
  return list;
}

std::unexpected<Error> invalid(std::string what) {
  return fail(Remedy::reject, "proof.invalid", std::move(what));
}

// An export's statements and what is needed to speak of them.
struct Source {
  fs::path folder;
  CountFile count;
  TileReader statements;
  std::uint64_t size;
  std::string checkpoint;

  static Result<Source> open(const fs::path& folder) {
    const ExportedStatements found = find_statements(folder);
    const auto count_text = read_file(folder / "count.json");
    const auto checkpoint = read_file(folder / "statements/checkpoint");
    if (found.size == 0 || !count_text || !checkpoint) {
      return fail(Remedy::reject, "export.none", folder.string() + " holds no whole export");
    }
    auto count = CountFile::parse(*count_text, "count.json");
    if (!count) return std::unexpected(count.error());
    return Source{folder, std::move(*count), TileReader(folder / "statements", found.size),
                  found.size, *checkpoint};
  }

  // A statement and its way to the checkpoint.
  Result<Json> statement(std::uint64_t number, Statement& parsed) {
    const auto bytes = statements.entry(number);
    if (!bytes) return std::unexpected(bytes.error());
    auto statement = parse_statement(as_text(*bytes));
    if (!statement) return std::unexpected(statement.error());
    parsed = std::move(*statement);
    const std::string text(as_text(*bytes));
    const auto path = prove_inclusion(number, size, statements.nodes());
    if (!path) return std::unexpected(path.error());
    return Json{{"text", text}, {"index", number}, {"path", hex_of(*path)}};
  }
};

// Reading a proof that anybody may have written: every member must be there and of its kind.
class Fields {
 public:
  explicit Fields(const ReadJson& json) : json_(json) {}
  [[nodiscard]] std::string text(const char* name) {
    if (json_.contains(name) && json_[name].is_string()) return json_[name].get<std::string>();
    return missing<std::string>(name);
  }
  [[nodiscard]] std::uint64_t number(const char* name) {
    if (json_.contains(name) && json_[name].is_number_unsigned()) {
      return json_[name].get<std::uint64_t>();
    }
    return missing<std::uint64_t>(name);
  }
  [[nodiscard]] Hash hash(const char* name) {
    Hash result{};
    if (!from_hex(text(name), result)) return missing<Hash>(name);
    return result;
  }
  [[nodiscard]] std::vector<Hash> path(const char* name) {
    std::vector<Hash> result;
    if (!json_.contains(name) || !json_[name].is_array()) return missing<std::vector<Hash>>(name);
    for (const auto& item : json_[name]) {
      Hash& hash = result.emplace_back();
      if (!item.is_string() || !from_hex(item.get<std::string>(), hash)) {
        return missing<std::vector<Hash>>(name);
      }
    }
    return result;
  }
  [[nodiscard]] const ReadJson& object(const char* name) {
    static const ReadJson none = ReadJson::object();
    if (json_.contains(name) && json_[name].is_object()) return json_[name];
    wrong_ = name;
    return none;
  }
  [[nodiscard]] const ReadJson& list(const char* name) {
    static const ReadJson none = ReadJson::array();
    if (json_.contains(name) && json_[name].is_array()) return json_[name];
    wrong_ = name;
    return none;
  }
  [[nodiscard]] const std::string& wrong() const { return wrong_; }

 private:
  template <typename T>
  T missing(const char* name) {
    wrong_ = name;
    return {};
  }
  const ReadJson& json_;
  std::string wrong_;
};

Result<Statement> checked_statement(const ReadJson& json, const Checkpoint& checkpoint) {
  Fields fields(json);
  const std::string text = fields.text("text");
  const std::uint64_t index = fields.number("index");
  const std::vector<Hash> path = fields.path("path");
  if (!fields.wrong().empty()) return invalid("a statement without " + fields.wrong());
  if (!verify_inclusion(leaf_hash(as_bytes(text)), index, checkpoint.size, path, checkpoint.root)) {
    return invalid(fmt::format("statement {} is not in the log that is signed", index));
  }
  auto statement = parse_statement(text);
  if (!statement || statement->number != index) return invalid("a statement that is none");
  return statement;
}

Result<std::string> check_inclusion(const ReadJson& json, const Checkpoint& checkpoint) {
  Fields fields(json);
  const auto statement = checked_statement(fields.object("statement"), checkpoint);
  if (!statement) return std::unexpected(statement.error());
  const auto entry = from_base64(fields.text("entry"));
  const std::uint64_t partition = fields.number("partition");
  const std::uint64_t index = fields.number("index");
  const std::vector<Hash> path = fields.path("path");
  if (!entry || !fields.wrong().empty()) return invalid("no readable " + fields.wrong());
  if (partition >= statement->partitions.size()) return invalid("no such partition");
  const Committed& log = statement->partitions[partition].committed;
  if (!verify_inclusion(leaf_hash(*entry), index, log.log_size, path, log.root)) {
    return invalid(fmt::format("the entry is not in the log of partition {}", partition));
  }
  const auto id = id_of(*entry);
  return fmt::format("entry {} is counted: leaf {} of {} of partition {}, as statement {} states",
                     id ? to_text(*id) : std::string("?"), index, log.log_size, partition,
                     statement->number);
}

Result<std::string> check_consistency(const ReadJson& json, const Checkpoint& checkpoint) {
  Fields fields(json);
  const auto from = checked_statement(fields.object("from"), checkpoint);
  if (!from) return std::unexpected(from.error());
  const auto to = checked_statement(fields.object("to"), checkpoint);
  if (!to) return std::unexpected(to.error());
  const Hash root = fields.hash("root");
  const std::vector<Hash> path = fields.path("path");
  if (!fields.wrong().empty()) return invalid("no readable " + fields.wrong());
  if (!verify_consistency(from->number + 1, checkpoint.size, path, root, checkpoint.root)) {
    return invalid("the log of statements does not go on from the earlier one");
  }
  const ReadJson& partitions = fields.list("partitions");
  if (partitions.size() != from->partitions.size() || partitions.size() != to->partitions.size()) {
    return invalid("not one proof a partition");
  }
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    Fields partition(partitions[i]);
    const std::vector<Hash> way = partition.path("path");
    const Committed& before = from->partitions[i].committed;
    const Committed& after = to->partitions[i].committed;
    const bool holds = before.log_size == 0 ? way.empty() && before.root == empty_root()
                                            : verify_consistency(before.log_size, after.log_size,
                                                                 way, before.root, after.root);
    if (!partition.wrong().empty() || !holds) {
      return invalid(fmt::format("the log of partition {} does not go on from the earlier one", i));
    }
  }
  return fmt::format(
      "all that statement {} stated is still there in statement {}; the log of its {} statements "
      "had the root {}",
      from->number, to->number, from->number + 1, to_base64(root));
}

}  // namespace

Result<std::string> inclusion_proof(const fs::path& exported, const EntryId& id) {
  auto source = Source::open(exported);
  if (!source) return std::unexpected(source.error());
  Statement last;
  const auto statement = source->statement(source->size - 1, last);
  if (!statement) return std::unexpected(statement.error());
  bool any = false;
  // A ballot's partition follows from its id, a sheet's does not: all are searched.
  for (const Statement::Partition& stated : last.partitions) {
    const fs::path folder = exported / exported::partition_folder(stated.partition);
    if (!fs::exists(folder / "tile/entries")) continue;
    any = true;
    TileReader tiles(folder, stated.committed.log_size);
    for (std::uint64_t i = 0; i < tiles.size(); ++i) {
      const auto entry = tiles.entry(i);
      if (!entry) return std::unexpected(entry.error());
      if (id_of(*entry) != id) continue;
      const std::string bytes = to_base64(*entry);
      const auto path = prove_inclusion(i, tiles.size(), tiles.nodes());
      if (!path) return std::unexpected(path.error());
      const Json json{{"teller", "inclusion/1"},
                      {"origin", source->count.origin},
                      {"entry", bytes},
                      {"partition", stated.partition},
                      {"index", i},
                      {"path", hex_of(*path)},
                      {"statement", *statement},
                      {"checkpoint", source->checkpoint}};
      return json.dump(1) + "\n";
    }
  }
  if (!any) {
    return fail(Remedy::reject, "proof.withheld",
                exported.string() + " was exported without entries; ask its office for the proof");
  }
  return fail(
      Remedy::reject, "proof.not_found",
      fmt::format("no counted entry has the id {} as of statement {}", to_text(id), last.number));
}

Result<std::string> consistency_proof(const fs::path& exported, std::uint64_t since) {
  auto source = Source::open(exported);
  if (!source) return std::unexpected(source.error());
  if (since >= source->size) {
    return fail(Remedy::reject, "proof.not_found",
                fmt::format("the last statement of this export is number {}", source->size - 1));
  }
  Statement from, to;
  const auto first = source->statement(since, from);
  if (!first) return std::unexpected(first.error());
  const auto last = source->statement(source->size - 1, to);
  if (!last) return std::unexpected(last.error());
  const auto root = root_of(since + 1, source->statements.nodes());
  if (!root) return std::unexpected(root.error());
  const auto path = prove_consistency(since + 1, source->size, source->statements.nodes());
  if (!path) return std::unexpected(path.error());
  Json partitions = Json::array();
  for (std::size_t i = 0; i < to.partitions.size(); ++i) {
    TileReader tiles(exported / exported::partition_folder(static_cast<std::uint16_t>(i)),
                     to.partitions[i].committed.log_size);
    const std::uint64_t before = from.partitions.at(i).committed.log_size;
    std::vector<Hash> way;
    if (before > 0) {
      auto proof = prove_consistency(before, tiles.size(), tiles.nodes());
      if (!proof) return std::unexpected(proof.error());
      way = std::move(*proof);
    }
    partitions.push_back({{"partition", i}, {"path", hex_of(way)}});
  }
  const Json json{{"teller", "consistency/1"},
                  {"origin", source->count.origin},
                  {"from", *first},
                  {"to", *last},
                  {"root", to_hex(*root)},
                  {"path", hex_of(*path)},
                  {"partitions", partitions},
                  {"checkpoint", source->checkpoint}};
  return json.dump(1) + "\n";
}

Result<std::string> check_proof(std::string_view proof, std::string_view key) {
  // A proof of 512 partitions has some 20,000 values. Held to before there is a tree of them.
  constexpr JsonLimits limits{.bytes = proof_bytes_max, .values = 100'000};
  if (const auto wrong = JsonTree().build(proof, limits); wrong && !wrong->at) {
    return invalid(wrong->what);
  }
  const ReadJson json = ReadJson::parse(proof, nullptr, false);
  if (json.is_discarded() || !json.is_object()) return invalid("not a JSON object");
  Fields fields(json);
  const std::string kind = fields.text("teller");
  const std::string note = fields.text("checkpoint");
  const auto checkpoint = open_checkpoint(note, key);
  if (!checkpoint) return std::unexpected(checkpoint.error());
  if (kind == "inclusion/1") return check_inclusion(json, *checkpoint);
  if (kind == "consistency/1") return check_consistency(json, *checkpoint);
  return invalid("neither inclusion/1 nor consistency/1");
}

}  // namespace teller
