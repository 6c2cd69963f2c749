// Who may decide what about a count, and when: officers, the stages of a count, and the one table
// of both (schema/decisions.toml, from which the build makes what is asked here).
//
// A decision is an entry (entry.h, Control) that officers of the count file have signed. Whoever can
// only send entries, write a topic or a database cannot make one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace teller {

enum class OfficerRole : std::uint8_t {
  registrar,
  clerk,
  operations,
  tabulation,
  auditor,
  publisher,
  observer,
};
inline constexpr std::uint8_t roles = 7;
[[nodiscard]] std::string_view to_text(OfficerRole role);
[[nodiscard]] std::optional<OfficerRole> role_named(std::string_view text);

// Where a count stands; each is reached by a decision. A count without officers has no stages: it is
// open from its beginning and never certified.
enum class Stage : std::uint8_t {
  setup,      // Nothing is counted yet.
  open,       // Voting goes on.
  closed,     // Voting is over; counting goes on.
  certified,  // Nothing more is counted.
};
inline constexpr std::uint8_t stages = 4;
[[nodiscard]] std::string_view to_text(Stage stage);

struct Officer {
  std::string name;  // "a.huber": at most 200 bytes, clean.
  OfficerRole role = OfficerRole::observer;
  std::array<std::uint8_t, 32> key{};  // Ed25519, public.
  [[nodiscard]] bool operator==(const Officer&) const = default;
};

}  // namespace teller
