// Deliveries as text: the body of POST /v1/deliveries and its answer (schema/http.yaml).
//
// The body is lines of JSON. The first says whose figures they are:
//   {"delivery": {"source": "Rill County", "file": "at-21h.csv", "figures_at": "2026-05-03T21:00:00Z",
//                 "act": "update", "reason": ""}}
// Then may come sheets that wait, for a row of them was refused where the file was read:
//   {"held": {"unit": "Rill/P1", "method": "all", "contest": "Mayor", "why": "line 7: …"}}
// and figures that are not known, of a sheet below (what is not mentioned at all keeps what stands):
//   {"unknown": {"unit": "Rill/P2", "method": "all", "contest": "Mayor", "options": ["Ben"], "figures": ["cards"]}}
// and sheets of the last line of a file that ends within it, so that a figure which falls there is held:
//   {"cut": {"unit": "Rill/P2", "method": "all", "contest": "Mayor"}}
// and each of the others is a sheet (schema/entry.md, "In JSON") without version, act and reason.
//
// Pure; safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "deliver/delivery.h"
#include "election/definition.h"
#include "intake/accept.h"

namespace teller {

// A line of the body that is no sheet of this count.
struct RefusedDeliveryLine {
  std::uint64_t line = 0;  // From 1.
  std::string code, detail;
};

// The first `listed_max` of them, and how many there are: a body of rubbish costs no more than a good one.
struct RefusedDeliveryLines {
  static constexpr std::size_t listed_max = 1000;
  std::vector<RefusedDeliveryLine> first;
  std::uint64_t total = 0;
  void add(std::uint64_t line, Code code, std::string_view detail);
};

struct DeliveryBody {
  Delivery delivery;             // Without a sender.
  RefusedDeliveryLines refused;  // The others are kept.
  std::uint64_t lines = 0;       // Sheets and held ones that were read, refused or not.
};

[[nodiscard]] std::string to_body(const Delivery& delivery, const Definition& definition);
// Errors: reject delivery.invalid (the first line is none, or names what is not known).
// `gate`: what a sheet, sent or held, is refused with because of who delivers; may be empty.
[[nodiscard]] Result<DeliveryBody> parse_body(std::string_view body, const Definition& definition,
                                              const EntryGate& gate = {});

// What became of it (DeliveryReport of schema/http.yaml), for programs and for whoever writes it out for
// people: numbers by word, each sheet that is not unchanged with its figures before and after, what is
// missing, what was refused. Only the text is as large as the delivery.
[[nodiscard]] std::string report_json(const Delivery& delivery, const DeliveryReport& report,
                                      const RefusedDeliveryLines& refused, const Rules& rules);

}  // namespace teller
