// TOML that an operator wrote: teller.toml (first byte c), the officers of a count (o), what each sender may send (s).
// What is taken names nothing that is not there, and an officer is written as he is read.
#include "decide/officers_file.h"
#include "fuzz/target.h"
#include "gateway/sender_limits.h"
#include "settings/config.h"

using namespace teller;

namespace {

void must_be_said(const Error& error) {
  check(fuzz::is_known(error.code) && error.remedy == Remedy::reject && !error.detail.empty(),
        "a refusal has a code and a sentence");
}

void try_config(std::string_view text) {
  const auto config = parse_config(text, "/etc/teller/teller.toml");
  if (!config) return must_be_said(config.error());
  check(config->count.home.is_absolute() && config->segments.directory.is_absolute() &&
            config->published.directory.is_absolute(),
        "places are known wherever it is started");
  if (config->kafka) {
    check(config->kafka->replication >= config->kafka->min_in_sync, "so many copies can be there");
    check(config->kafka->entries != config->kafka->inbox, "topics are not each other");
  }
}

void try_officers(std::string_view text) {
  const auto officers = parse_officers(text, "officers.toml");
  if (!officers) return must_be_said(officers.error());
  std::string written = "approvals = " + std::to_string(officers->approvals) + "\n";
  for (const Officer& officer : officers->list) written += to_toml(officer);
  const auto again = parse_officers(written, "written.toml");
  check(again && again->approvals == officers->approvals &&
            again->list.size() == officers->list.size(),
        "what is written is taken");
  for (std::size_t i = 0; i < again->list.size(); ++i) {
    const Officer &one = officers->list[i], &other = again->list[i];
    check(one.name == other.name && one.role == other.role && one.key == other.key,
          "and is the same officer");
  }
}

void try_limits(std::string_view text) {
  SenderLimits::Host host;
  host.stage = []() -> Result<Stage> { return Stage::open; };
  const auto limits =
      SenderLimits::parse(text, "senders.toml", *fuzz::definition().rules, std::move(host));
  if (!limits) return must_be_said(limits.error());
  for (const char* sender : {"station-7", "inbox", "", "nobody"}) {
    static_cast<void>((*limits)->closed_to(sender));
    check((*limits)->gate(sender).has_value(), "the stage is known");
    static_cast<void>((*limits)->charge(sender, 1'000'000));
    check((*limits)->wait_of(sender).count() >= 0, "nobody waits backwards");
    (*limits)->charge_late(sender, ~std::uint64_t{0} >> 12);
    check((*limits)->wait_of(sender).count() >= 0, "however much came");
  }
}

}  // namespace

FUZZ_TARGET(settings) {
  if (input.empty()) return;
  const std::string_view text = as_text(input.subspan(1));
  if (input[0] == 'o') return try_officers(text);
  if (input[0] == 's') return try_limits(text);
  try_config(text);
}
