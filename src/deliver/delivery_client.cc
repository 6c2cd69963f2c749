#include "deliver/delivery_client.h"

#include <utility>

#include <fmt/format.h>

#include "deliver/delivery_parts.h"
#include "gateway/entries_endpoint.h"
#include "gateway/send_again.h"
#include "gateway/wait_told.h"

namespace teller {
namespace {

// As a value stands in a query: each byte that is no letter and no digit is written as %2F is.
std::string in_query(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain =
        (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    out += is_plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<DeliveryClient>> DeliveryClient::open(Options options) {
  auto client = HttpClient::open(options.to);
  if (!client) return std::unexpected(client.error());
  std::unique_ptr<DeliveryClient> opened(
      new DeliveryClient(std::move(options), std::move(*client)));
  const auto count = opened->ask("GET", "/v1/count", "");
  if (!count) return std::unexpected(count.error());
  auto read_count = CountFile::parse(*count, "the server's count");
  if (!read_count) return std::unexpected(read_count.error());
  const auto rules = opened->ask("GET", "/v1/rules", "");
  if (!rules) return std::unexpected(rules.error());
  auto read_rules = Rules::parse(*rules, "the server's rules");
  if (!read_rules) return std::unexpected(read_rules.error());
  opened->count_ = std::move(*read_count);
  opened->rules_ = std::move(*read_rules);
  return opened;
}

Result<std::string> DeliveryClient::deliver(const Delivery& delivery) {
  const auto bodies = bodies_of(delivery, {&rules_, &count_});
  if (bodies.size() > 1 && options_.event) {
    options_.event(
        fmt::format("more than one request holds: sent as {} deliveries", bodies.size()));
  }
  std::vector<std::string> reports;
  for (const std::string& body : bodies) {
    auto report = ask("POST", "/v1/deliveries", body);
    if (!report) return report;
    reports.push_back(std::move(*report));
  }
  return joined_reports(reports);
}

Result<std::string> DeliveryClient::sheets(const SheetsAsked& asked) {
  std::string path = "/v1/sheets";
  for (const auto& [name, value] : {std::pair<const char*, const std::string*>("unit", &asked.unit),
                                    {"contest", &asked.contest},
                                    {"method", &asked.method}}) {
    if (value->empty()) continue;
    path += fmt::format("{}{}={}", path.contains('?') ? '&' : '?', name, in_query(*value));
  }
  return ask("GET", path, "");
}

Result<std::string> DeliveryClient::ask(std::string_view method, std::string_view path,
                                        std::string_view body) {
  SendAgain again(options_.give_up_after, options_.stop);
  WaitTold told(options_.event);
  while (true) {
    auto answer = client_.request(method, path, body, {{"Content-Type", "application/x-ndjson"}});
    std::string last;
    std::chrono::milliseconds at_least{0};
    if (answer && answer->status == 200) {
      told.goes_on();
      return std::move(answer->body);
    }
    if (answer) {
      const auto read = parse_entries_answer(answer->body);
      last = fmt::format("answer {}{}", answer->status,
                         read ? ", " + read->error_code + ": " + read->error_detail : "");
      at_least = answer->retry_after;
      if (answer->status == 429) {
        told.waits(last);
        if (again.wait_as_told(at_least)) continue;
        return fail(Remedy::stop, "delivery.gave_up", options_.to.url + ": " + last);
      }
      // 502 comes from a proxy, 500 from a server that is about to be started again.
      if (answer->status != 408 && answer->status < 500) {
        return fail(Remedy::reject, "delivery.not_allowed", options_.to.url + ": " + last);
      }
    } else {
      last = answer.error().detail;
      if (answer.error().remedy == Remedy::reject) {
        return fail(Remedy::reject, "delivery.not_allowed", std::move(last));
      }
    }
    told.waits(last);
    if (!again.wait(at_least)) {
      return fail(Remedy::stop, "delivery.gave_up", options_.to.url + ": " + last);
    }
  }
}

}  // namespace teller
