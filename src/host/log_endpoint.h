// GET /v1/log/{path}: the public log (publish/log_files.h), file by file, as C2SP tlog-tiles has
// it. `teller serve` and `teller log serve` have this route; any web server can serve the same
// folder.
#pragma once

#include <filesystem>

#include "http/http_server.h"

namespace teller {

// 404 log.no_such_file for whatever is no file of a log, without looking at the disk.
void add_log_route(HttpRouter& router, std::filesystem::path folder);

}  // namespace teller
