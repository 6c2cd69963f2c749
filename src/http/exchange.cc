#include "http/exchange.h"

#include <utility>

#include "base/check.h"
#include "http/http_server_core.h"
#include "http/session.h"

namespace teller {

HttpResponder::Exchange::Exchange(std::shared_ptr<HttpServerCore> core,
                                  std::weak_ptr<HttpSession> session, std::uint64_t serial,
                                  BodyShare share)
    : core_(std::move(core)),
      session_(std::move(session)),
      serial_(serial),
      share_(std::move(share)) {}

HttpResponder::Exchange::~Exchange() {
  if (!answered_) send(error_response(500, "http.no_answer", "the request was dropped"));
}

void HttpResponder::Exchange::send(HttpResponse response) {
  check(!answered_.exchange(true), "a request is answered once");
  const auto shared = std::make_shared<HttpResponse>(std::move(response));
  core_->post_to(session_, [serial = serial_, shared](HttpSession& session) {
    session.answer(serial, std::move(*shared));
  });
}

void HttpResponder::send(HttpResponse response) const { exchange_->send(std::move(response)); }

}  // namespace teller
