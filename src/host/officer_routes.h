// What a person asks of a count over HTTP (schema/http.yaml, /v1/officer/): as whom one is known and
// what one may do, what was decided, what waits for signatures, the audit log; and sends decisions.
//
// What always holds: a person is known by a token, of the count's own (decide/person_tokens.h) or of a
// provider of identities (decide/provider_token.h), and by nothing else.
// Role, stage and operation are held against the table of schema/roles.toml before anything else is
// looked at, and the stage is that of the count's decisions, never of a column. Each refusal is 403
// with a sentence, and is told only when its line stands in the audit log; so is each decision that
// was handed in, and each that waited too long. A token that is refused leaves a line too: of each
// person one a minute, and one a minute of all that the provider did not sign. One that could be ours
// and is nobody's leaves none, for nobody can be named.
//
// Requests run elsewhere than on the server's threads. Handed-in decisions come one after the other, over
// all processes that share a `turn`.
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "decide/approvals.h"
#include "decide/person_tokens.h"
#include "decide/persons_file.h"
#include "decide/provider_token.h"
#include "decide/roles.h"
#include "home/home.h"
#include "host/decision_hand_in.h"
#include "host/provider_keys.h"
#include "http/http_server.h"
#include "outcomes/outcomes_endpoint.h"
#include "store/store.h"

namespace teller {

class OfficerRoutes {
 public:
  struct Parts {
    const Home* home;
    Store* store;
    Recorder* recorder;
    OutcomeReader* outcomes;
    ApprovalRows* approvals;
    const Clock* clock;
    std::function<Result<void>()> counted;  // Waits until what is recorded is counted.
    std::function<bool()> stop;
    RunElsewhere elsewhere;
    std::chrono::hours patience;                 // How long a decision waits for signatures.
    const IdentityProvider* provider = nullptr;  // Both or none.
    ProviderKeys* provider_keys = nullptr;
    // Held while a decision is taken, where other processes take some too; left out: there are none.
    std::function<Result<std::shared_ptr<void>>()> turn = {};
  };
  // What is in `parts` outlives this, and this the server.
  explicit OfficerRoutes(Parts parts)
      : parts_(std::move(parts)),
        approvals_(*parts_.approvals, *parts_.clock, parts_.patience),
        persons_(parts_.home->officers()) {}

  void add(HttpRouter& router);
  // For HttpServerOptions::person_of: the id of the person's token.
  [[nodiscard]] std::expected<std::string, HttpResponse> person_of(std::string_view authorization);

  // For the other rooms' routes of persons (entering_routes.h).
  struct Person {
    std::string token;  // An id of it.
    std::string name;
    std::vector<OfficerRole> roles;
    std::int64_t expires_us = 0;
  };
  // Who asks, and where the count stands.
  struct Asker {
    Person person;
    Stage stage = Stage::open;
    bool same_everywhere = true;  // All partitions stand there.
  };
  using Answer = std::function<HttpResponse(const HttpRequest&, const Asker&)>;
  // A route that one operation of the table is; without one, `answer` asks may().
  void on(HttpRouter& router, const char* method, const char* path, const Operation* operation,
          Answer answer);
  // A line of the audit log. Errors: those of write_audit().
  [[nodiscard]] Result<void> note(const std::string& actor, const char* action,
                                  std::string_view subject, const std::string& reason,
                                  const Hash& after = {});
  // 403 for whoever may by their role and may not for another reason: told when its line stands in
  // the audit log, as every refusal is.
  [[nodiscard]] HttpResponse refusal(const Asker& asker, std::string_view subject,
                                     const Error& why);

 private:
  [[nodiscard]] std::expected<std::string, HttpResponse> person_by_provider(std::string_view token);
  // Whether the roles go together with those that the person holds otherwise. Under the mutex of
  // by_provider_.
  [[nodiscard]] Result<void> check_held(const TokenPerson& person, std::int64_t now_us);
  [[nodiscard]] HttpResponse refused_by_provider(const RefusedToken& refused);
  [[nodiscard]] HttpResponse unknown_key(const Error& error);
  // Nothing: nobody, or no longer.
  [[nodiscard]] Result<std::optional<Person>> person_with(const std::string& token_id);
  [[nodiscard]] Result<Asker> asker_of(const std::string& token_id);
  // What to answer who may not; nothing when the person may.
  [[nodiscard]] std::optional<HttpResponse> refused(const Asker& asker, const Operation& operation);
  // Whether a line of this kind was written within the last minute: somebody who asks again and again fills no disk.
  [[nodiscard]] bool noted_lately(const std::string& kind);
  // `whose`: of whom no more than one line a minute is written; `actor` is who the line names.
  void note_bad_token(const std::string& whose, const std::string& actor, const std::string& why);

  [[nodiscard]] HttpResponse me(const Asker& asker) const;
  [[nodiscard]] HttpResponse decisions(const HttpRequest& request, const Asker& asker);
  [[nodiscard]] HttpResponse waiting(const HttpRequest& request);
  [[nodiscard]] HttpResponse approval(const HttpRequest& request);
  [[nodiscard]] HttpResponse audit(const HttpRequest& request);
  [[nodiscard]] HttpResponse take(const HttpRequest& request, const Asker& asker);
  [[nodiscard]] HttpResponse take_allowed(const HandInParts& to, const Decision& decision,
                                          const Asker& asker);
  [[nodiscard]] Result<void> end_expired();

  const Parts parts_;
  Approvals approvals_;
  KnownPersons persons_;
  std::timed_mutex one_at_a_time_;  // Of those who hand in.
  std::mutex noted_mutex_;
  std::map<std::string, std::int64_t> refusal_noted_us_;  // By its kind.
  std::mutex by_provider_mutex_;
  std::map<std::string, TokenPerson> by_provider_;  // By an id of the token, until that expires.
};

}  // namespace teller
