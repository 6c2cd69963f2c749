#include "decide/decision.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "election/decisions.h"
#include "election/json_file.h"

namespace teller {
namespace {

using Json = JsonFile::Json;

constexpr JsonLimits decision_limits{.bytes = std::size_t{256} << 20, .values = 4'000'000};
constexpr std::size_t signatures_possible = 8;

// Reads one file; faults are kept by JsonFile.
class DecisionReader {
 public:
  explicit DecisionReader(JsonFile& file) : file_(file) {}

  Decision read() {
    const Json root = file_.object(file_.root(), "");
    file_.only(root, "",
               {"teller", "count", "action", "reason", "statement", "statement_hash", "digest",
                "entries", "signatures"});
    if (file_.text(root, "teller", "") != "decision/1") {
      file_.fault("/teller", "must be \"decision/1\"");
    }
    hex(root, "count", "", decision_.count.bytes);
    const auto action = action_named(file_.text(root, "action", ""));
    if (!action) file_.fault("/action", "is no decision of docs/reference/decisions.md");
    decision_.action = control_.action = action.value_or(Control::Action::open);
    decision_.reason = control_.reason = file_.text(root, "reason", "");
    if (control_.action == Control::Action::certify) {
      control_.certified.statement = file_.number(root, "statement", "", 0, limit, 0);
      hex(root, "statement_hash", "", control_.certified.statement_hash);
      hex(root, "digest", "", control_.certified.digest);
    }
    const Json entries = file_.array(root, "entries", "");
    if (entries.empty()) file_.fault("/entries", "there is none");
    entries.for_each([&](std::size_t i, Json listed) { entry(i, listed); });
    file_.array(root, "signatures", "", false).for_each([&](std::size_t i, Json listed) {
      signature(i, listed);
    });
    return std::move(decision_);
  }

 private:
  static constexpr std::uint64_t limit = std::uint64_t{1} << 53;

  template <std::size_t N>
  void hex(const Json& in, std::string_view member, const std::string& path,
           std::array<std::uint8_t, N>& out) {
    if (from_hex(file_.text(in, member, path), out)) return;
    file_.fault(fmt::format("{}/{}", path, member),
                fmt::format("must be {} hexadecimal digits", 2 * N));
  }

  void entry(std::size_t i, const Json& listed) {
    const std::string path = fmt::format("/entries/{}", i);
    const Json value = file_.object(listed, path);
    file_.only(value, path,
               {"id", "partition", "number", "counted", "ballot", "other", "of", "sheet", "kept",
                "not_counted"});
    Entry made;
    const auto id = parse_uuid(file_.text(value, "id", path));
    if (!id) file_.fault(path + "/id", "must be a UUID");
    made.id = id.value_or(EntryId{});
    Control control = control_;
    if (control.about_stage()) {
      control.partition =
          static_cast<std::uint16_t>(file_.number(value, "partition", path, 0, 511, 0));
      control.number =
          static_cast<std::uint32_t>(file_.number(value, "number", path, 1, 0xFFFF'FFFF, 1));
      if (control.action == Control::Action::certify) {
        control.certified.entries = file_.number(value, "counted", path, 0, limit, 0);
      }
    } else if (control.action == Control::Action::keep) {
      const auto of = parse_uuid(file_.text(value, "of", path));
      if (!of) file_.fault(path + "/of", "must be a UUID");
      control.kept.id = of.value_or(EntryId{});
      if (value.find("sheet")) {
        control.kept.kind = EntryKind::sheet;
        hex(value, "sheet", path, control.kept.key);
      }
      hex(value, "kept", path, control.kept.counted);
      hex(value, "not_counted", path, control.kept.other);
    } else {
      ballot(value, "ballot", path, control.target);
      if (control.action == Control::Action::supersede) {
        ballot(value, "other", path, control.other);
      }
    }
    made.body = std::move(control);
    decision_.entries.push_back(std::move(made));
  }

  void ballot(const Json& in, std::string_view member, const std::string& path, Bytes& out) {
    const std::string digits = file_.text(in, member, path);
    out.resize(digits.size() / 2);
    if (!digits.empty() && from_hex(digits, out)) return;
    file_.fault(fmt::format("{}/{}", path, member),
                "must be the bytes of an entry in hexadecimal digits");
  }

  void signature(std::size_t i, const Json& listed) {
    const std::string path = fmt::format("/signatures/{}", i);
    const Json value = file_.object(listed, path);
    file_.only(value, path, {"officer", "of"});
    const std::string officer = file_.text(value, "officer", path);
    const Json of = file_.array(value, "of", path);
    if (of.size() != decision_.entries.size()) {
      file_.fault(path + "/of", "there must be one of each entry");
      return;
    }
    of.for_each([&](std::size_t at, Json one) {
      Control::Signature made;
      made.officer = officer;
      if (!from_hex(one.text(), made.bytes)) {
        file_.fault(fmt::format("{}/of/{}", path, at), "must be 128 hexadecimal digits");
      }
      auto& signatures = std::get<Control>(decision_.entries[at].body).signatures;
      if (!signatures.empty() && !(signatures.back().officer < officer)) {
        file_.fault(path + "/officer", "officers stand in ascending order, each once");
      }
      signatures.push_back(std::move(made));
    });
  }

  JsonFile& file_;
  Control control_;  // What all entries have in common.
  Decision decision_;
};

}  // namespace

std::vector<std::string> Decision::officers() const {
  std::vector<std::string> names;
  for (const Control::Signature& signature : first().signatures) names.push_back(signature.officer);
  return names;
}

std::map<std::string, std::string> targets_by_entry(const Decision& decision) {
  std::map<std::string, std::string> ballots;
  for (const Entry& entry : decision.entries) {
    const auto ballot = std::get<Control>(entry.body).target_id();
    if (ballot) ballots.emplace(teller::to_text(entry.id), teller::to_text(*ballot));
  }
  return ballots;
}

Result<Decision> parse_decision(std::string_view text, std::string_view name) {
  auto file = JsonFile::parse(text, name, "decision.invalid", decision_limits);
  if (!file) return std::unexpected(file.error());
  Decision decision = DecisionReader(*file).read();
  if (!file->good()) return std::unexpected(file->error("decision.invalid"));
  return decision;
}

std::string to_text(const Decision& decision) {
  nlohmann::ordered_json root;
  const Control& first = decision.first();
  root["teller"] = "decision/1";
  root["count"] = decision.count.hex();
  root["action"] = to_text(decision.action);
  root["reason"] = decision.reason;
  if (decision.action == Control::Action::certify) {
    root["statement"] = first.certified.statement;
    root["statement_hash"] = to_hex(first.certified.statement_hash);
    root["digest"] = to_hex(first.certified.digest);
  }
  root["entries"] = nlohmann::ordered_json::array();
  root["signatures"] = nlohmann::ordered_json::array();
  for (const Control::Signature& signature : first.signatures) {
    root["signatures"].push_back(
        {{"officer", signature.officer}, {"of", nlohmann::ordered_json::array()}});
  }
  for (const Entry& entry : decision.entries) {
    const Control& control = std::get<Control>(entry.body);
    nlohmann::ordered_json& json = root["entries"].emplace_back();
    json["id"] = to_text(entry.id);
    if (control.about_stage()) {
      json["partition"] = control.partition;
      json["number"] = control.number;
      if (control.action == Control::Action::certify) json["counted"] = control.certified.entries;
    } else if (control.action == Control::Action::keep) {
      json["of"] = to_text(control.kept.id);
      if (control.kept.kind == EntryKind::sheet) {
        json["sheet"] = to_hex(ByteView(control.kept.key));
      }
      json["kept"] = to_hex(control.kept.counted);
      json["not_counted"] = to_hex(control.kept.other);
    } else {
      json["ballot"] = to_hex(ByteView(control.target));
      if (control.action == Control::Action::supersede) {
        json["other"] = to_hex(ByteView(control.other));
      }
    }
    for (std::size_t i = 0; i < control.signatures.size(); ++i) {
      root["signatures"][i]["of"].push_back(to_hex(ByteView(control.signatures[i].bytes)));
    }
  }
  return root.dump(1) + "\n";
}

Result<void> sign(Decision& decision, const OfficerKey& key) {
  if (!may(key.role, decision.action)) {
    return fail(Remedy::reject, "control.role",
                fmt::format("{} is {}, and that role may not decide \"{}\"", key.name,
                            to_text(key.role), to_text(decision.action)));
  }
  const Ed25519Pair pair(key.seed);
  for (Entry& entry : decision.entries) {
    Control& control = std::get<Control>(entry.body);
    std::erase_if(control.signatures,
                  [&](const Control::Signature& one) { return one.officer == key.name; });
    if (control.signatures.size() >= signatures_possible) {
      return fail(Remedy::reject, "control.approvals", "eight officers have signed it already");
    }
    control.signatures.push_back(
        {key.name, pair.sign(signed_bytes(entry.id, control, decision.count))});
    std::ranges::sort(control.signatures, {}, &Control::Signature::officer);
  }
  return {};
}

Result<void> check_signed(const Decision& decision, const CountFile& count) {
  if (!(decision.count == count.id)) {
    return fail(
        Remedy::reject, "decision.other_count",
        fmt::format("it is of count {}, and this is {}", decision.count.hex(), count.id.hex()));
  }
  for (const Entry& entry : decision.entries) {
    const auto wrong = not_decided(entry.id, std::get<Control>(entry.body), count);
    if (!wrong) continue;
    const auto names = decision.officers();
    return fail(
        Remedy::reject, "decision.not_signed",
        fmt::format("{}: signed by {}, and it takes {} of the count's officers",
                    sentence_of(*wrong),
                    names.empty() ? "nobody yet" : fmt::format("{}", fmt::join(names, ", ")),
                    count.approvals));
  }
  return {};
}

Result<void> check_signed_so_far(const Decision& decision, const CountFile& count) {
  CountFile asks_for_these = count;
  asks_for_these.approvals =
      static_cast<std::uint8_t>(std::max<std::size_t>(1, decision.first().signatures.size()));
  return check_signed(decision, asks_for_these);
}

Hash hash_of_decided(const Decision& decision) {
  Decision unsigned_yet = decision;
  for (Entry& entry : unsigned_yet.entries) std::get<Control>(entry.body).signatures.clear();
  return sha256(as_bytes(to_text(unsigned_yet)));
}

Result<void> add_signatures(Decision& decision, const Decision& other) {
  for (std::size_t i = 0; i < decision.entries.size(); ++i) {
    auto& signatures = std::get<Control>(decision.entries[i].body).signatures;
    for (const auto& one : std::get<Control>(other.entries[i].body).signatures) {
      if (std::ranges::find(signatures, one.officer, &Control::Signature::officer) ==
          signatures.end()) {
        signatures.push_back(one);
      }
    }
    if (signatures.size() > signatures_possible) {
      return fail(Remedy::reject, "control.approvals", "no more than eight officers sign it");
    }
    std::ranges::sort(signatures, {}, &Control::Signature::officer);
  }
  return {};
}

}  // namespace teller
