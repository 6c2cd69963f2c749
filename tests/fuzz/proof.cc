// A proof file that anybody may have written. One that is made here from any entry is good; the
// input itself, with a checkpoint that is really signed, says what is wrong with it or is good.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "fuzz/target.h"
#include "log/merkle.h"
#include "publish/note.h"
#include "publish/statement.h"
#include "verify/proof_file.h"

using namespace teller;

namespace {

const Signer& signer() {
  static const Signer made("election.example/fuzz", {1, 2, 3});
  return made;
}

void try_proof(const nlohmann::json& proof, bool good) {
  const auto said =
      check_proof(proof.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                  signer().verifier_key());
  check(!good || said.has_value(), "a proof that is made right is good");
  check(said || (fuzz::is_known(said.error().code) && !said.error().detail.empty()),
        "a refusal has a code and a sentence");
}

}  // namespace

FUZZ_TARGET(proof) {
  const auto as_it_is = check_proof(as_text(input), signer().verifier_key());
  check(as_it_is || (fuzz::is_known(as_it_is.error().code) && !as_it_is.error().detail.empty()),
        "a refusal has a code and a sentence");

  // What is changed here is copied and written by calls within calls, so nothing deep is.
  const auto opens = [](char c) { return c == '{' || c == '['; };
  const auto given = std::ranges::count_if(as_text(input), opens) <= 1000
                         ? nlohmann::json::parse(as_text(input), nullptr, false)
                         : nlohmann::json();
  if (given.is_object()) {
    nlohmann::json proof = given;
    const auto text = given.value("checkpoint", nlohmann::json());
    if (text.is_string() && parse_checkpoint(text.get<std::string>())) {
      proof["checkpoint"] = signer().sign(text.get<std::string>());
    }
    try_proof(proof, false);
    return;
  }
  check(!as_it_is, "what is no JSON object, or one of a thousand things, is refused");

  // One entry, one statement: both are their logs' only leaves.
  Statement statement;
  statement.count = fuzz::definition().count->id;
  statement.mode = "test";
  statement.status = "unofficial";
  statement.policy = "live";
  statement.partitions.push_back({0, {1, 1, 1, leaf_hash(input)}});
  const std::string words = to_text(statement);
  const Checkpoint checkpoint{signer().name(), 1, leaf_hash(as_bytes(words))};
  nlohmann::json proof{
      {"teller", "inclusion/1"},
      {"entry", to_base64(input)},
      {"partition", 0},
      {"index", 0},
      {"path", nlohmann::json::array()},
      {"statement", {{"text", words}, {"index", 0}, {"path", nlohmann::json::array()}}},
      {"checkpoint", signer().sign(to_text(checkpoint))}};
  try_proof(proof, true);
  proof["entry"] = to_base64(as_bytes(std::string(as_text(input)) + "x"));
  check(!check_proof(proof.dump(), signer().verifier_key()), "another entry is not proved by it");
}
