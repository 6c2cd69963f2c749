#include "gateway/http_outcomes.h"

#include <fmt/format.h>

#include "gateway/entries_endpoint.h"
#include "gateway/send_again.h"
#include "outcomes/outcomes_endpoint.h"

namespace teller {

Result<HttpOutcomes> HttpOutcomes::open(const HttpClientOptions& options,
                                        std::chrono::milliseconds give_up_after,
                                        std::function<bool()> stop,
                                        std::function<void(const std::string&)> event) {
  auto client = HttpClient::open(options);
  if (!client) return std::unexpected(std::move(client.error()));
  return HttpOutcomes(std::move(*client), give_up_after, std::move(stop), std::move(event));
}

Result<OutcomesAnswer> HttpOutcomes::ask(std::span<const RecordPlace> records) {
  const std::string question = outcomes_question(records);
  SendAgain again(give_up_after_, stop_);
  while (true) {
    const auto answer =
        client_.request("POST", "/v1/outcomes", question, {{"Content-Type", "application/json"}});
    std::string last;
    std::chrono::milliseconds at_least{0};
    if (answer && answer->status == 200) {
      told_->goes_on();
      return parse_outcomes_answer(answer->body);
    }
    if (answer) {
      const auto said = parse_entries_answer(answer->body);
      last = fmt::format("answer {}{}", answer->status,
                         said ? ", " + said->error_code + ": " + said->error_detail : "");
      at_least = answer->retry_after;
      if (answer->status == 404) {
        return fail(Remedy::reject, "outcomes.elsewhere",
                    "a gateway records and does not know what becomes of it");
      }
      if (answer->status != 408 && answer->status < 500) {
        return fail(Remedy::reject, "load.not_allowed", last);
      }
    } else {
      last = answer.error().detail;
      if (answer.error().remedy == Remedy::reject) return std::unexpected(answer.error());
    }
    told_->waits(
        fmt::format("{}; asks again, for {} s at most", last, give_up_after_.count() / 1000));
    if (!again.wait(at_least)) {
      return fail(Remedy::stop, "load.gave_up", "what became of it was not answered: " + last);
    }
  }
}

}  // namespace teller
