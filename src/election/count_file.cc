#include "election/count_file.h"

#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "election/json_file.h"

namespace teller {
namespace {

constexpr JsonLimits count_file_limits{.bytes = CountFile::file_bytes_max, .values = 1'000};

std::optional<Mode> mode_of(std::string_view text) {
  for (const Mode mode : {Mode::demo, Mode::test, Mode::rehearsal, Mode::live}) {
    if (to_text(mode) == text) return mode;
  }
  return std::nullopt;
}

constexpr std::size_t officers_max = 100;

void read_officers(JsonFile& file, const JsonFile::Json& root, CountFile& count) {
  const JsonFile::Json list = file.array(root, "officers", "", false);
  if (list.size() > officers_max) {
    file.fault("/officers", fmt::format("at most {} are possible", officers_max));
  }
  list.for_each([&](std::size_t i, JsonFile::Json listed) {
    const std::string path = fmt::format("/officers/{}", i);
    const JsonFile::Json value = file.object(listed, path);
    file.only(value, path, {"name", "role", "key"});
    Officer officer;
    officer.name = file.text(value, "name", path);
    const auto role = role_named(file.text(value, "role", path));
    if (!role) file.fault(path + "/role", "is no role of schema/decisions.toml");
    officer.role = role.value_or(OfficerRole::observer);
    if (!from_hex(file.text(value, "key", path), officer.key)) {
      file.fault(path + "/key", "must be 64 hexadecimal digits");
    }
    if (officer.name.empty() || officer.name.size() > 200 || !is_clean_utf8(officer.name)) {
      file.fault(path + "/name", "must be a name of 1 to 200 bytes");
    }
    for (const Officer& other : count.officers) {
      if (other.name == officer.name) file.fault(path + "/name", "stands there already");
      if (other.key == officer.key) file.fault(path + "/key", "is that of " + other.name);
    }
    count.officers.push_back(std::move(officer));
  });
  count.approvals = static_cast<std::uint8_t>(file.number(root, "approvals", "", 1, 8, 2));
}

}  // namespace

std::string_view to_text(Mode mode) {
  switch (mode) {
    case Mode::demo:
      return "demo";
    case Mode::test:
      return "test";
    case Mode::rehearsal:
      return "rehearsal";
    case Mode::live:
      return "live";
  }
  return "";
}

Result<CountFile> CountFile::parse(std::string_view json, std::string_view name) {
  Result<JsonFile> parsed = JsonFile::parse(json, name, "count_file.invalid", count_file_limits);
  if (!parsed) return std::unexpected(parsed.error());
  JsonFile& file = *parsed;
  const JsonFile::Json root = file.object(file.root(), "");
  file.only(root, "",
            {"teller", "id", "mode", "label", "rules", "presentation", "partitions", "step",
             "publication", "small_units", "origin", "public_key", "officers", "approvals"});
  CountFile count;
  if (file.text(root, "teller", "") != "count/1") file.fault("/teller", "must be \"count/1\"");
  const auto hex = [&](std::string_view member, std::span<std::uint8_t> out) {
    if (!from_hex(file.text(root, member, ""), out)) {
      file.fault("/" + std::string(member),
                 fmt::format("must be {} hexadecimal digits", out.size() * 2));
    }
  };
  hex("id", count.id.bytes);
  hex("rules", count.rules);
  hex("presentation", count.presentation);
  if (const auto mode = mode_of(file.text(root, "mode", ""))) {
    count.mode = *mode;
  } else {
    file.fault("/mode", "must be demo, test, rehearsal or live");
  }
  count.label = file.text(root, "label", "", false);
  count.partitions = static_cast<std::uint16_t>(file.number(root, "partitions", "", 1, 512, 1));
  if (const auto given = root.find("step")) {
    const JsonFile::Json step = file.object(*given, "/step");
    file.only(step, "/step", {"interval_ms", "minimum", "maximum"});
    count.step.interval =
        std::chrono::milliseconds(file.number(step, "interval_ms", "/step", 1, 86'400'000, 250));
    count.step.minimum = file.number(step, "minimum", "/step", 1, 1'000'000, 1);
    count.step.maximum = file.number(step, "maximum", "/step", 1, 10'000'000, 200'000);
    if (count.step.minimum > count.step.maximum) {
      file.fault("/step", "minimum must not be above maximum");
    }
  }
  count.publication = file.text(root, "publication", "");
  if (count.publication == "certified") {
    count.small_units =
        static_cast<std::uint32_t>(file.number(root, "small_units", "", 3, 1'000, 0));
    if (count.small_units == 0) file.fault("/small_units", "must say from how many cards on");
  } else if (root.find("small_units")) {
    file.fault("/small_units", "belongs to the publication \"certified\" alone");
  }
  count.origin = file.text(root, "origin", "");
  count.public_key = file.text(root, "public_key", "");
  read_officers(file, root, count);
  if (!file.good()) return std::unexpected(file.error("count_file.invalid"));
  if (count.publication == "after_close" || count.publication == "certified") {
    if (count.officers.empty()) {
      return fail(Remedy::reject, "publication.no_officers",
                  std::string(name) + (count.publication == "certified"
                                           ? ": nobody could ever certify it"
                                           : ": nobody could ever close its voting"));
    }
  } else if (count.publication != "live") {
    return fail(Remedy::reject, "policy.unsupported",
                std::string(name) + ": the publication policy \"" + count.publication +
                    "\" is not built yet; there are \"live\", \"after_close\" and \"certified\"");
  }
  count.bytes = json;
  return count;
}

void CountFile::seal() {
  nlohmann::ordered_json root;
  root["teller"] = "count/1";
  root["id"] = id.hex();
  root["mode"] = to_text(mode);
  root["label"] = label;
  root["rules"] = to_hex(rules);
  root["presentation"] = to_hex(presentation);
  root["partitions"] = partitions;
  root["step"]["interval_ms"] = step.interval.count();
  root["step"]["minimum"] = step.minimum;
  root["step"]["maximum"] = step.maximum;
  root["publication"] = publication;
  if (small_units > 0) root["small_units"] = small_units;
  root["origin"] = origin;
  root["public_key"] = public_key;
  for (const Officer& officer : officers) {
    root["officers"].push_back({{"name", officer.name},
                                {"role", to_text(officer.role)},
                                {"key", to_hex(ByteView(officer.key))}});
  }
  if (!officers.empty()) root["approvals"] = approvals;
  bytes = root.dump(2) + "\n";
}

}  // namespace teller
