// What persons and officers leave behind: a decision as it is sent to /v1/officer/decisions (first byte d), the file of
// persons' tokens (t), a decision that waits for signatures (w). Of a home that somebody else wrote to, too: whatever
// stands there, it is refused or says what it says.
#include <algorithm>
#include <filesystem>

#include <unistd.h>

#include "base/file.h"
#include "decide/approval_files.h"
#include "decide/approvals.h"
#include "decide/person_tokens.h"
#include "fuzz/target.h"

using namespace teller;

namespace {

namespace fs = std::filesystem;

// One folder a process.
const fs::path& officers_folder() {
  static const fs::path folder = [] {
    const fs::path made = fs::temp_directory_path() / ("teller-fuzz-" + std::to_string(::getpid()));
    check(make_folders(made / "approvals", 0700).has_value(), "there is room for a folder");
    return made;
  }();
  return folder;
}

void decision_holds(const Decision& decision) {
  const std::string text = to_text(decision);
  const auto again = parse_decision(text, "again");
  check(again && to_text(*again) == text, "what is written says what was read");
  check(hash_of_decided(*again) == hash_of_decided(decision), "and decides the same");
  Decision both = decision;
  check(add_signatures(both, *again).has_value() && to_text(both) == text,
        "a signature that is there already is not added");
  for (const auto& signed_well : {check_signed(decision, *fuzz::definition().count),
                                  check_signed_so_far(decision, *fuzz::definition().count)}) {
    check(!signed_well && fuzz::is_known(signed_well.error().code),
          "of a count without officers nobody signs anything");
  }
}

void try_tokens(std::string_view text) {
  const fs::path file = officers_folder() / "tokens";
  check(write_file(file, as_bytes(text), 0600).has_value(), "there is room for a file");
  const auto tokens = read_person_tokens(officers_folder());
  if (!tokens) {
    check(tokens.error().code == Code("officer.tokens_invalid"), "it says what is wrong with it");
    return;
  }
  for (const PersonToken& token : *tokens) {
    check(!token.name.empty() && token.id.size() == 8, "a token is somebody's");
  }
  KnownPersons known(officers_folder());
  const auto nobody =
      known.find("0000000000000000000000000000000000000000000000000000000000000000");
  check(nobody.has_value() && !*nobody, "nobody has a token whose hash stands nowhere");
}

void try_waiting(std::string_view text) {
  // It has the name of what it decides, if it decides something.
  const std::size_t end = std::min(text.find('\n'), text.size());
  const auto decision = parse_decision(text.substr(std::min(end + 1, text.size())), "waiting");
  const std::string id =
      decision ? to_hex(hash_of_decided(*decision)).substr(0, 16) : "0123456789abcdef";
  const fs::path file = officers_folder() / "approvals" / (id + ".json");
  check(write_file(file, as_bytes(text), 0600).has_value(), "there is room for a file");
  const SystemClock clock;
  const auto files = ApprovalFiles::open(file.parent_path());
  check(files.has_value(), "there is a folder of files");
  Approvals approvals(**files, clock, std::chrono::hours(24));
  const auto listed = approvals.list();
  check(listed.has_value(), "a file that cannot be read is passed over");
  for (const Approval& row : *listed) {
    check(decision && row.id == id && row.entries == decision->entries.size(),
          "what waits is what was decided");
    const auto joined = approvals.joined(*decision);
    check(joined && to_text(joined->decision) == to_text(*decision), "and nothing is added to it");
  }
  check(approvals.take_expired().has_value(), "what has waited too long goes");
  fs::remove(file);
}

}  // namespace

FUZZ_TARGET(officer) {
  if (input.empty()) return;
  const std::string_view text = as_text(input.subspan(1));
  if (input[0] == 't') return try_tokens(text);
  if (input[0] == 'w') return try_waiting(text);
  const auto decision = parse_decision(text, "decision.json");
  if (decision) return decision_holds(*decision);
  check(decision.error().code == Code("decision.invalid") && !decision.error().detail.empty(),
        "a refusal has a code and a sentence");
}
