import CLibCurl

extension EasyHandle {
    /// What holds for every transfer.
    private func configure(
        url: String,
        protocols: String,
        connectDeadline: Duration,
        caFile: String?
    ) throws(TransferError) {
        try self.set(CURLOPT_URL, url)
        try self.set(CURLOPT_PROTOCOLS_STR, protocols)
        try self.set(CURLOPT_PATH_AS_IS, true)  // what the caller wrote is what goes
        try self.set(CURLOPT_DISALLOW_USERNAME_IN_URL, true)
        try self.set(CURLOPT_PROXY, "")  // no proxy, whatever http_proxy and its like say
        try self.set(CURLOPT_NOSIGNAL, true)  // signals and threads do not mix
        try self.set(CURLOPT_QUICK_EXIT, true)  // do not wait for a resolver's thread when a transfer is given up
        try self.set(CURLOPT_TCP_NODELAY, true)
        try self.set(CURLOPT_CONNECTTIMEOUT_MS, connectDeadline)  // the other deadline is the engine's own
        try self.set(CURLOPT_SSL_VERIFYPEER, true)
        try self.set(CURLOPT_SSL_VERIFYHOST, 2)
        try self.set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        if let caFile {
            // The system's certificates stay trusted through their directory, libcurl's CURLOPT_CAPATH.
            try self.set(CURLOPT_CAINFO, caFile)
        }
    }

    func configure(_ request: TransferRequest, caFile: String?) throws(TransferError) {
        try self.configure(
            url: request.url,
            protocols: "http,https",
            connectDeadline: request.connectDeadline,
            caFile: caFile
        )
        // Not 2: a request has its connection to itself, so "fresh" is what it says, and nothing is sent twice.
        try self.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        try self.set(CURLOPT_FOLLOWLOCATION, false)
        try self.set(CURLOPT_FRESH_CONNECT, request.hasEffect)
        try self.set(CURLOPT_FORBID_REUSE, request.hasEffect)
        try self.setNoticeOfRequest()
        try self.setMethod(of: request)
        try self.set(CURLOPT_HTTPHEADER, Self.headerLines(of: request))
    }

    private func setMethod(of request: TransferRequest) throws(TransferError) {
        if let body = request.body ?? (["POST", "PUT", "PATCH"].contains(request.method) ? [] : nil) {
            try self.set(CURLOPT_POST, true)
            try self.setBody(body)
        } else if request.method == "HEAD" {
            try self.set(CURLOPT_NOBODY, true)
        } else {
            try self.set(CURLOPT_HTTPGET, true)
        }
        try self.set(CURLOPT_CUSTOMREQUEST, request.method)
    }

    /// The caller's headers, and those that take away what libcurl would add by itself.
    private static func headerLines(of request: TransferRequest) -> [String] {
        let names = Set(request.headers.map { $0.name.lowercased() })
        var lines = request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        for name in ["Expect", "Content-Type"] where !names.contains(name.lowercased()) { lines.append("\(name):") }
        if !names.contains("user-agent") { lines.append("User-Agent: sluice") }
        return lines
    }

    func configure(_ delivery: SMTPDelivery, caFile: String?, sockets: SocketSet) throws(TransferError) {
        // The path of an SMTP URL is the name that EHLO says.
        let base = delivery.url.hasSuffix("/") ? delivery.url : delivery.url + "/"
        try self.configure(
            url: base + (delivery.localName ?? ""),
            protocols: "smtp,smtps",
            connectDeadline: delivery.connectDeadline,
            caFile: caFile
        )
        let level = delivery.demandsTLS ? CURLUSESSL_ALL : delivery.tls == .off ? CURLUSESSL_NONE : CURLUSESSL_TRY
        try self.set(CURLOPT_USE_SSL, Int(level.rawValue))
        if let username = delivery.username, let password = delivery.password {
            try self.set(CURLOPT_USERNAME, username)
            try self.set(CURLOPT_PASSWORD, password)
        }
        try self.set(CURLOPT_MAIL_FROM, "<\(delivery.sender)>")
        try self.set(CURLOPT_MAIL_RCPT, delivery.recipients.map { "<\($0)>" })
        // A last resort behind the engine's own deadline, in whole seconds: libcurl stands still while it waits for
        // the word on the message.
        try self.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, max(0, min(Int(delivery.deadline.components.seconds), 3600)) + 1)
        try self.set(CURLOPT_UPLOAD, true)
        try self.set(CURLOPT_VERBOSE, true)  // libcurl's debug callback is where the commands can be seen
        try self.setMail(count: delivery.message.count, sockets: sockets)
    }

    /// Has the transfer end when the dialogue is ready for a mail: after the greeting, EHLO, STARTTLS and AUTH. The
    /// connection is one of its own, and is closed.
    func endOnceConnected() throws(TransferError) {
        try self.set(CURLOPT_CONNECT_ONLY, 1)
        try self.set(CURLOPT_FRESH_CONNECT, true)
        try self.set(CURLOPT_FORBID_REUSE, true)
    }
}
