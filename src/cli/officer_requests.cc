#include "cli/officer_requests.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/print_as_json.h"
#include "cli/table.h"
#include "cli/terminal_text.h"
#include "election/decisions.h"

namespace teller::cli {
namespace {

using Json = nlohmann::ordered_json;
using namespace std::chrono_literals;

constexpr int busy_tries = 3;

std::string text_in(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// The body of an answer that is no error. Errors: the server's own; those of HttpClient; retry
// http.unreachable (it is too busy); reject http.answer_invalid.
Result<std::string> ask_door(const HttpClientOptions& to, std::string_view method,
                             const std::string& path, std::string_view body = {}) {
  auto client = HttpClient::open(to);
  if (!client) return std::unexpected(client.error());
  HttpClient::Headers headers;
  if (method == "POST") headers.emplace_back("Content-Type", "application/json");
  auto answer = client->request(method, path, body, headers);
  // The keys of a provider of identities, say, come in a moment; what has not begun is sent again.
  for (int tries = 0; answer && answer->status == 503 && tries < busy_tries; ++tries) {
    std::this_thread::sleep_for(std::clamp(answer->retry_after, 1s, 3s));
    answer = client->request(method, path, body, headers);
  }
  if (!answer) return std::unexpected(answer.error());
  if (answer->status == 200 || answer->status == 202) return std::move(answer->body);
  const auto wrong = Json::parse(answer->body, nullptr, false);
  const Json error = wrong.is_object() ? wrong.value("error", Json::object()) : Json::object();
  const auto code = Code::named(text_in(error, "code"));
  if (!code) {
    return fail(Remedy::reject, "http.answer_invalid",
                fmt::format("{}: answer {}", to.url, answer->status));
  }
  return std::unexpected(Error{answer->status >= 500 ? Remedy::retry : Remedy::reject, *code,
                               text_in(error, "detail")});
}

std::string list_in(const Json& json, const char* name) {
  std::vector<std::string> words;
  for (const Json& one : json.value(name, Json::array())) {
    if (one.is_string()) words.push_back(one.get<std::string>());
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

void print_answer(const Json& json) { print_as_json(json); }

}  // namespace

Result<nlohmann::ordered_json> ask_as_person(const HttpClientOptions& to, std::string_view method,
                                             const std::string& path, std::string_view body) {
  const auto answer = ask_door(to, method, path, body);
  if (!answer) return std::unexpected(answer.error());
  Json json = Json::parse(*answer, nullptr, false);
  if (!json.is_object()) {
    return fail(Remedy::reject, "http.answer_invalid", to.url + " answers no object");
  }
  return json;
}

int hand_in_decision(const HttpClientOptions& to, const Decision& decision, bool json) {
  const auto told = ask_as_person(to, "POST", "/v1/officer/decisions", to_text(decision));
  if (!told) return report(told.error());
  const std::string became = text_in(*told, "became");
  if (json) {
    print_answer(*told);
  } else if (became == "waiting") {
    const Json waits = told->value("approval", Json::object());
    std::printf(
        "%s\n",
        printable_line(fmt::format("{}: it waits for more signatures until {}, as {}; signed by {}",
                                   to_text(decision.action), text_in(waits, "expires"),
                                   text_in(waits, "approval"), list_in(*told, "officers")))
            .c_str());
  } else {
    std::printf("%s\n", printable_line(fmt::format("{}: {}, signed by {}", to_text(decision.action),
                                                   became, list_in(*told, "officers")))
                            .c_str());
  }
  for (const Json& why : told->value("incidents", Json::array())) {
    if (why.is_string()) say(printable_line(why.get<std::string>()));
  }
  return became == "rejected" ? found : done;
}

void add_door(CLI::App* command, HttpClientOptions& to) {
  command->add_option("--to", to.url, "The teller serve or teller api, https://host:port")
      ->type_name("URL")
      ->required();
  command->add_option("--ca", to.ca, "Whose certificates to trust (PEM)")->type_name("FILE");
  CLI::Option* certificate =
      command
          ->add_option("--certificate", to.certificate,
                       "A certificate of yours (PEM), where the server asks for one")
          ->type_name("FILE");
  CLI::Option* key =
      command->add_option("--key", to.key, "Its private key (PEM)")->type_name("FILE");
  certificate->needs(key);
  key->needs(certificate);
  command->add_option("--token-file", to.token_file, "A file with your token (teller token new)")
      ->type_name("FILE")
      ->required();
}

int list_waiting(const HttpClientOptions& to, bool json) {
  const auto told = ask_as_person(to, "GET", "/v1/officer/approvals");
  if (!told) return report(told.error());
  const Json list = told->value("approvals", Json::array());
  if (json) {
    print_answer(list);
    return done;
  }
  if (list.empty()) {
    say("teller: no decision waits for signatures");
    return done;
  }
  std::vector<std::vector<std::string>> cells;
  for (const Json& one : list) {
    if (!one.is_object()) continue;
    cells.push_back({text_in(one, "approval"), text_in(one, "action"), text_in(one, "reason"),
                     list_in(one, "officers"), text_in(one, "sent_by"), text_in(one, "expires")});
  }
  std::fputs(
      table({"Waits as", "Decision", "Reason", "Signed by", "Sent by", "Until"}, cells).c_str(),
      stdout);
  return done;
}

int fetch_waiting(const HttpClientOptions& to, const std::string& id, const std::string& out) {
  const auto text = ask_door(to, "GET", "/v1/officer/approvals/" + id);
  if (!text) return report(text.error());
  if (const auto good = parse_decision(*text, to.url); !good) return report(good.error());
  if (auto written = write_file(out, *text); !written) return report(written.error());
  say("teller: it is in " + out + "; read it first: teller decide show " + out);
  return done;
}

int show_me(const HttpClientOptions& to, bool json) {
  const auto told = ask_as_person(to, "GET", "/v1/officer/me");
  if (!told) return report(told.error());
  if (json) {
    print_answer(*told);
    return done;
  }
  const std::vector<std::vector<std::string>> rows{
      {"Name", text_in(*told, "name")},     {"Role", list_in(*told, "roles")},
      {"Stage", text_in(*told, "stage")},   {"You may", list_in(*told, "may")},
      {"Until", text_in(*told, "expires")},
  };
  std::fputs(table({"", "As this you are known"}, rows).c_str(), stdout);
  return done;
}

}  // namespace teller::cli
