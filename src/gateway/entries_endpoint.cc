#include "gateway/entries_endpoint.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/utf8.h"

namespace teller {

namespace {

using Json = nlohmann::ordered_json;

// Texts may repeat what a sender sent: bytes that are not UTF-8 are replaced.
std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

HttpResponse to_response(const EntriesAnswer& answer) {
  HttpResponse response;
  response.status = answer.status();
  response.body = to_json(answer);
  if (response.status == 503 || response.status == 429) {
    response.headers.emplace_back("Retry-After",
                                  std::to_string(std::max<std::uint64_t>(answer.retry_after_s, 1)));
  }
  return response;
}

EntriesAnswer nothing_taken(Code code, std::string detail, std::uint64_t retry_after_s) {
  EntriesAnswer answer;
  answer.error_code = code;
  answer.error_detail = std::move(detail);
  answer.retry_after_s = retry_after_s;
  return answer;
}

}  // namespace

unsigned EntriesAnswer::status() const {
  if (error_code == Code("engine.failed")) return 500;
  if (retry_after_s > 0) return error_code == Code("sender.too_fast") ? 429 : 503;
  if (unknown > 0) return 504;
  if (not_recorded > 0) return 503;
  return error_code.empty() ? 200 : 400;
}

std::string to_json(const EntriesAnswer& answer) {
  Json json;
  json["recorded"] = answer.recorded;
  json["unknown"] = answer.unknown;
  json["not_recorded"] = answer.not_recorded;
  json["refused_total"] = answer.refused_total;
  json["refused"] = Json::array();
  for (const RefusedEntry& entry : answer.refused) {
    Json one{{"index", entry.index}};
    if (entry.line > 0) one["line"] = entry.line;
    one["code"] = entry.code;
    one["detail"] = entry.detail;
    json["refused"].push_back(std::move(one));
  }
  if (answer.refused_total > answer.refused.size())
    json["refused_more"] = answer.refused_total - answer.refused.size();
  json["records"] = Json::array();
  for (const RecordPlace& record : answer.records)
    json["records"].push_back({{"partition", record.partition},
                               {"position", record.position},
                               {"entries", record.entries}});
  if (!answer.error_code.empty()) {
    json["error"] = {{"code", answer.error_code}, {"detail", answer.error_detail}};
    if (answer.error_line > 0) json["error"]["line"] = answer.error_line;
  }
  return dump(json);
}

Result<EntriesAnswer> parse_entries_answer(std::string_view text) {
  const auto invalid = [](std::string_view what) {
    return fail(Remedy::reject, "http.answer_invalid",
                "the answer is not one of this API: " + std::string(what));
  };
  try {
    const Json json = Json::parse(text);
    EntriesAnswer answer;
    answer.recorded = json.value("recorded", std::uint64_t{0});
    answer.unknown = json.value("unknown", std::uint64_t{0});
    answer.not_recorded = json.value("not_recorded", std::uint64_t{0});
    if (json.contains("refused")) {
      for (const Json& one : json["refused"])
        answer.refused.push_back(
            {one.value("index", std::uint64_t{0}), one.value("line", std::uint64_t{0}),
             one.value("code", std::string()), one.value("detail", std::string())});
    }
    // A gateway of an older version has none.
    if (json.contains("records")) {
      for (const Json& one : json["records"])
        answer.records.push_back({one.at("partition").get<std::uint16_t>(),
                                  one.at("position").get<std::uint64_t>(),
                                  one.at("entries").get<std::uint32_t>()});
    }
    answer.refused_total =
        json.value("refused_total", static_cast<std::uint64_t>(answer.refused.size()));
    if (json.contains("error")) {
      answer.error_code = json["error"].value("code", std::string(Code("http.unnamed")));
      answer.error_detail = json["error"].value("detail", std::string());
      answer.error_line = json["error"].value("line", std::uint64_t{0});
    } else if (!json.contains("recorded")) {
      return invalid("it has neither `recorded` nor `error`");
    }
    return answer;
  } catch (const Json::exception& error) {
    return invalid(error.what());
  }
}

std::optional<BodyFormat> body_format(std::string_view type) {
  type = type.substr(0, type.find(';'));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
  std::string lower(type);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  for (const BodyFormat format : {BodyFormat::json, BodyFormat::ndjson, BodyFormat::packed})
    if (lower == content_type(format)) return format;
  return std::nullopt;
}

std::string_view content_type(BodyFormat format) {
  switch (format) {
    case BodyFormat::json:
      return "application/json";
    case BodyFormat::ndjson:
      return "application/x-ndjson";
    case BodyFormat::packed:
      break;
  }
  return "application/vnd.teller.batch";
}

void take_entries(const Definition& definition, Recorder& recorder, Metrics* metrics,
                  SenderLimits* limits, BodyFormat format, ByteView body, std::string sender,
                  std::string batch, std::function<void(EntriesAnswer)> done) {
  EntriesAnswer answer;
  EntryGate gate;
  if (limits != nullptr) {
    auto of_sender = limits->gate(sender);
    if (!of_sender) return done(nothing_taken(of_sender.error().code, of_sender.error().detail, 1));
    gate = std::move(*of_sender);
  }
  std::map<Code, std::uint64_t> refused_by_code;
  Recorder::EntryBatch entry_batch = recorder.entry_batch(sender, std::move(batch));
  const auto read = accept_body(
      definition, format, body,
      [&](std::uint64_t index, std::expected<Accepted, Refusal>& outcome) {
        if (outcome) return entry_batch.add(*outcome, index);
        Refusal& refusal = outcome.error();
        ++answer.refused_total;
        if (metrics != nullptr) ++refused_by_code[refusal.code];
        if (answer.refused.size() < EntriesAnswer::refused_listed_max)
          answer.refused.push_back(
              {index, refusal.line, std::string(refusal.code), std::move(refusal.detail)});
      },
      gate);
  if (!read) {
    // What stood before the fault is not recorded: a damaged frame may be damaged anywhere.
    if (metrics != nullptr) metrics->refused(read.error().code, 1);
    EntriesAnswer whole;
    whole.error_code = read.error().code;
    whole.error_detail = read.error().detail;
    whole.error_line = read.error().line;
    return done(std::move(whole));
  }
  if (limits != nullptr) {
    if (const auto wait = limits->charge(sender, *read)) {
      if (metrics != nullptr) metrics->refused("sender.too_fast", *read);
      return done(nothing_taken("sender.too_fast", wait->detail, wait->retry_after_s));
    }
  }
  if (metrics != nullptr)
    for (const auto& [code, entries] : refused_by_code) metrics->refused(code, entries);
  if (entry_batch.entries() == 0) return done(std::move(answer));

  recorder.record(std::move(entry_batch), [answer = std::move(answer), done = std::move(done),
                                           metrics](const Recorded& recorded) mutable {
    answer.recorded = recorded.recorded;
    answer.unknown = recorded.unknown;
    answer.not_recorded = recorded.not_recorded;
    answer.records = recorded.records;
    if (recorded.failed) {
      answer.error_code = Code("engine.failed");
      answer.error_detail = std::string(recorded.code) + ": " + recorded.detail;
    } else if (!recorded.code.empty()) {
      // Why the same must be sent again: a full disk is no busy one.
      answer.error_code = recorded.code;
      answer.error_detail = recorded.detail;
    }
    if (metrics != nullptr) {
      if (recorded.recorded > 0) metrics->recorded(recorded.recorded);
      if (recorded.unknown > 0) metrics->unknown(recorded.unknown);
      if (recorded.not_recorded > 0) metrics->not_recorded(recorded.not_recorded);
    }
    done(std::move(answer));
  });
}

void add_entries_route(HttpRouter& router, const Definition& definition, Recorder& recorder,
                       Metrics& metrics, BodyWorkers* workers, SenderLimits* limits) {
  router.add("POST", "/v1/entries", HttpAccess::sender,
             [definition, &recorder, &metrics, workers, limits](HttpRequest request,
                                                                HttpResponder responder) {
               if (limits != nullptr) {
                 if (auto closed = limits->closed_to(request.sender)) {
                   return responder.send(std::move(*closed));
                 }
               }
               const auto format = body_format(request.header("content-type"));
               const std::string_view encoding = request.header("content-encoding");
               if (!format || !(encoding.empty() || encoding == "identity"))
                 return responder.send(
                     error_response(415, "http.media_type_unknown",
                                    "a body is application/json, application/x-ndjson or "
                                    "application/vnd.teller.batch, and not compressed"));
               const std::string_view batch = request.header("teller-batch");
               if (batch.size() > 255 || !is_clean_utf8(batch))
                 return responder.send(error_response(
                     400, "http.batch_name_invalid",
                     "Teller-Batch is at most 255 bytes of UTF-8 without control characters"));
               const std::string sender = request.sender;
               auto read = [=, &recorder, &metrics, batch = std::string(batch),
                            body = std::move(request.body)] {
                 take_entries(definition, recorder, &metrics, limits, *format, as_bytes(body),
                              sender, batch, [responder](const EntriesAnswer& answer) {
                                responder.send(to_response(answer));
                              });
               };
               if (workers == nullptr) return read();
               workers->run(sender, std::move(read));
             });
}

void add_metrics_route(HttpRouter& router, const Metrics& metrics) {
  router.add("GET", "/metrics", HttpAccess::sender,
             [&metrics](const HttpRequest&, const HttpResponder& responder) {
               HttpResponse response;
               response.content_type = Metrics::content_type;
               response.body = metrics.text();
               responder.send(std::move(response));
             });
}

void watch_load(Metrics& metrics, const std::function<HttpServer::Load()>& load) {
  metrics.watch("http_connections", "Open connections.", false,
                [load] { return static_cast<double>(load().connections); });
  metrics.watch("http_connections_max", "Connections that may be open: see ulimit -n.", false,
                [load] { return static_cast<double>(load().connections_max); });
  metrics.watch("http_bodies_bytes", "Bytes of requests that are read or in work.", false,
                [load] { return static_cast<double>(load().bodies_bytes); });
  metrics.watch("http_handshakes_refused_total",
                "TLS handshakes that failed: an old version, no certificate, another CA.", true,
                [load] { return static_cast<double>(load().handshakes_refused); });
}

void count_requests(HttpServerOptions& options, const HttpRouter& router, Metrics& metrics) {
  for (const HttpRouter::Route& route : router.routes()) metrics.serves(route.path);
  options.observe = [&metrics](std::string_view route, unsigned status,
                               std::chrono::nanoseconds took) {
    metrics.answered(route, status, took);
  };
}

void add_health_route(HttpRouter& router, std::function<Health()> health) {
  router.add(
      "GET", "/v1/health", HttpAccess::anyone,
      [health = std::move(health)](const HttpRequest&, const HttpResponder& responder) {
        const Health now = health();
        HttpResponse response;
        response.status = now.state == "ready" ? 200 : 503;
        response.body = dump(
            {{"state", now.state}, {"count", now.count}, {"mode", now.mode}, {"label", now.label}});
        responder.send(std::move(response));
      });
}

}  // namespace teller
