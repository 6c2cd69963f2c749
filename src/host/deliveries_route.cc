#include "host/deliveries_route.h"

#include <algorithm>
#include <string>
#include <utility>

#include "deliver/delivery_json.h"
#include "host/failed_answer.h"

namespace teller {
namespace {

HttpResponse json_response(std::string body) {
  HttpResponse response;
  response.body = std::move(body);
  return response;
}

}  // namespace

DeliveriesRoute::DeliveriesRoute(const Home& home, Deliverer& deliverer, SenderLimits* limits)
    : home_(home), deliverer_(deliverer), limits_(limits), thread_([this] { serve(); }) {}

DeliveriesRoute::~DeliveriesRoute() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  came_.notify_all();
  thread_.join();
}

void DeliveriesRoute::add(HttpRouter& router) {
  router.add("POST", "/v1/deliveries", HttpAccess::sender,
             [this](HttpRequest request, const HttpResponder& responder) {
               take(std::move(request), responder);
             });
  router.add("GET", "/v1/count", HttpAccess::sender,
             [this](const HttpRequest&, const HttpResponder& responder) {
               responder.send(json_response(home_.count.bytes));
             });
  router.add("GET", "/v1/rules", HttpAccess::sender,
             [this](const HttpRequest&, const HttpResponder& responder) {
               responder.send(json_response(home_.rules.bytes()));
             });
}

void DeliveriesRoute::take(HttpRequest request, const HttpResponder& responder) {
  if (!request.header("content-type").starts_with("application/x-ndjson")) {
    return responder.send(error_response(415, "http.media_type_unknown",
                                         "a delivery is lines of JSON: application/x-ndjson"));
  }
  if (limits_ != nullptr) {
    if (auto closed = limits_->closed_to(request.sender)) {
      return responder.send(std::move(*closed));
    }
  }
  {
    const std::scoped_lock lock(mutex_);
    const auto same = std::ranges::count(waiting_, request.sender,
                                         [](const Waiting& one) { return one.request.sender; });
    if (!stopping_ && waiting_.size() < waiting_max && same < waiting_of_one_max) {
      waiting_.push_back({std::move(request), responder});
      came_.notify_one();
      return;
    }
  }
  responder.send(busy_response("delivery.busy", "other deliveries wait before this one"));
}

void DeliveriesRoute::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    came_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) break;
    // Senders take turns: who sends one after the other does not hold up the rest.
    auto turn = std::ranges::find_if(
        waiting_, [this](const Waiting& one) { return one.request.sender != served_last_; });
    if (turn == waiting_.end()) turn = waiting_.begin();
    const Waiting next = std::move(*turn);
    waiting_.erase(turn);
    served_last_ = next.request.sender;
    lock.unlock();
    next.responder.send(answer(next.request));
    lock.lock();
  }
  for (const Waiting& left : waiting_) {
    left.responder.send(busy_response("delivery.busy", "this server is about to stop"));
  }
}

HttpResponse DeliveriesRoute::answer(const HttpRequest& request) {
  EntryGate gate;
  if (limits_ != nullptr) {
    auto of_sender = limits_->gate(request.sender);
    if (!of_sender) return failed_answer(of_sender.error());
    gate = std::move(*of_sender);
  }
  auto read = parse_body(request.body, home_.definition(), gate);
  if (!read) return failed_answer(read.error());
  if (limits_ != nullptr) {
    if (const auto wait = limits_->charge(request.sender, read->lines)) return wait->response();
  }
  read->delivery.sender = request.sender;
  const auto report = deliverer_.deliver(read->delivery);
  if (!report) return failed_answer(report.error());
  return json_response(report_json(read->delivery, *report, read->refused, home_.rules) + "\n");
}

}  // namespace teller
