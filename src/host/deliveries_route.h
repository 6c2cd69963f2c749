// POST /v1/deliveries: result sheets of a source, compared with what stands (src/deliver); its answer
// says what became of each. And GET /v1/count and /v1/rules, which whoever delivers from elsewhere
// needs to make sheets of this count.
//
//   200  every sheet was looked at; some may be stale or refused
//   400  nothing of it was taken: delivery.invalid
//   403, 429  its sender may deliver nothing, or has delivered too much for now
//   503  another delivery is being counted, or this one could not be: send the same again
//
// A thread of its own delivers, one after the other; a few wait, further ones are told 503.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "deliver/deliverer.h"
#include "gateway/sender_limits.h"
#include "home/home.h"
#include "http/http_server.h"

namespace teller {

class DeliveriesRoute {
 public:
  // All outlive this. Without limits every sender may deliver everything.
  DeliveriesRoute(const Home& home, Deliverer& deliverer, SenderLimits* limits = nullptr);
  // What waits is told 503; what is being delivered ends first.
  ~DeliveriesRoute();
  DeliveriesRoute(const DeliveriesRoute&) = delete;
  DeliveriesRoute& operator=(const DeliveriesRoute&) = delete;

  // This outlives the server.
  void add(HttpRouter& router);

 private:
  struct Waiting {
    HttpRequest request;
    HttpResponder responder;
  };
  void take(HttpRequest request, const HttpResponder& responder);
  void serve();
  [[nodiscard]] HttpResponse answer(const HttpRequest& request);

  static constexpr std::size_t waiting_max = 8;
  static constexpr std::ptrdiff_t waiting_of_one_max = 4;  // Of one sender.
  const Home& home_;
  Deliverer& deliverer_;
  SenderLimits* const limits_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Waiting> waiting_;
  std::string served_last_;  // The sender.
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace teller
