#include "gateway/http_sender.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "gateway/send_again.h"

namespace teller {

Result<std::unique_ptr<HttpSender>> HttpSender::open(
    HttpClientOptions options, std::chrono::milliseconds give_up_after, std::function<bool()> stop,
    std::function<void(const std::string&)> event) {
  auto first = HttpClient::open(options);
  if (!first) return std::unexpected(std::move(first.error()));
  std::unique_ptr<HttpSender> sender(
      new HttpSender(std::move(options), give_up_after, std::move(stop), std::move(event)));
  sender->idle_.push_back(std::move(*first));
  return sender;
}

Result<HttpClient> HttpSender::take() {
  {
    const std::scoped_lock lock(mutex_);
    if (!idle_.empty()) {
      HttpClient client = std::move(idle_.back());
      idle_.pop_back();
      return client;
    }
  }
  return HttpClient::open(options_);
}

Result<Sent> HttpSender::send(const EntryBody& body) {
  auto client = take();
  if (!client) return std::unexpected(std::move(client.error()));
  HttpClient::Headers headers{{"Content-Type", std::string(content_type(body.format))}};
  if (!body.batch.empty()) headers.emplace_back("Teller-Batch", body.batch);

  Sent sent;
  std::uint64_t unknown = 0;  // The most that was unknown after one try.
  SendAgain again(give_up_after_, stop_);
  while (true) {
    auto answer = client->request("POST", "/v1/entries", body.bytes, headers);
    std::chrono::milliseconds at_least{0};
    std::string last;
    if (answer) {
      auto read = parse_entries_answer(answer->body);
      if (read) {
        // 400 with a code that is not of HTTP: the frame of the body, and no other try helps.
        const bool frame = answer->status == 400 && !read->error_code.starts_with("http.");
        if (answer->status == 200 || frame) {
          sent.unknown_resolved = std::min(unknown, read->recorded);
          sent.answer = std::move(*read);
          told_.goes_on();
          const std::scoped_lock lock(mutex_);
          idle_.push_back(std::move(*client));
          return sent;
        }
        unknown = std::max(unknown, read->unknown);
        last = read->error_code.empty() ? std::string("not all is recorded")
                                        : read->error_code + ": " + read->error_detail;
      } else {
        last = read.error().detail;
      }
      last = fmt::format("answer {}, {}", answer->status, last);
      at_least = answer->retry_after;
      if (answer->status == 429) {
        told_.waits(last);
        if (again.wait_as_told(at_least)) {
          ++sent.sent_again;
          continue;
        }
        return fail(Remedy::stop, "load.gave_up", "it was told to stop: " + last);
      }
      // 502 comes from a proxy, 500 from a server that is about to be restarted.
      if (answer->status != 408 && answer->status != 500 && answer->status != 502 &&
          answer->status != 503 && answer->status != 504)
        return fail(Remedy::reject, "load.not_allowed", options_.url + ": " + last);
    } else {
      last = answer.error().detail;
      switch (answer.error().remedy) {
        case Remedy::reject:
          return fail(Remedy::reject, "load.not_allowed", std::move(last));
        case Remedy::abort:
          unknown = ~std::uint64_t{0};
          break;
        case Remedy::retry:
        case Remedy::stop:
          break;
      }
    }
    told_.waits(
        fmt::format("{}; sends again, for {} s at most", last, give_up_after_.count() / 1000));
    if (!again.wait(at_least))
      return fail(Remedy::stop, "load.gave_up",
                  fmt::format("after {} tries: {}", sent.sent_again + 1, last));
    ++sent.sent_again;
  }
}

}  // namespace teller
