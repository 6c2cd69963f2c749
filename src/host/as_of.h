// What the answers of the read routes have in common: as of which commit they are, and that a client
// who has this commit already need not be told again.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "election/definition.h"
#include "http/http_server.h"
#include "store/count_store.h"

namespace teller {

// The snapshot, if somebody decided its status: what is shown goes through here.
[[nodiscard]] Result<Snapshot> decided(Result<Snapshot> snapshot, const CountFile& count,
                                       CountReader& store);

// What every answer begins with.
[[nodiscard]] nlohmann::ordered_json as_of(const Definition& definition, const Head& head);

// 200, with the commit as its ETag.
[[nodiscard]] HttpResponse response_as_of(const nlohmann::ordered_json& json, const Head& head);

// Whether the request says that it has the answer as of this commit (If-None-Match, RFC 9110 13.1.2).
[[nodiscard]] bool is_known(const HttpRequest& request, const Head& head);
[[nodiscard]] HttpResponse not_modified(const Head& head);  // 304

// The same answer, which may go out compressed. Its ETag is weak then: the same figures, but not the
// same bytes for everybody. Only for figures and names, which all who may read may know.
[[nodiscard]] HttpResponse compressible(HttpResponse response);

}  // namespace teller
