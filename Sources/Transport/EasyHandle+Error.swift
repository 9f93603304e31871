import CLibCurl

extension EasyHandle {
    /// Turns libcurl's verdict on a finished transfer into the room's error; nil when it went well.
    func error(for code: CURLcode, of job: TransferLoop.Job) -> TransferError? {
        let left = self.collector.requestLeft
        guard code != CURLE_OK else {
            guard case .request = job, !self.collector.isHeadWhole || self.status < 200 else { return nil }
            return TransferError(
                kind: .connectionLost,
                message: "the answer broke off in its headers",
                requestLeft: left
            )
        }
        guard !self.collector.cameTooLate else {
            return TransferError(kind: .timedOut, message: "it was too late to send it", requestLeft: left)
        }
        // A server that says no and one that breaks off end alike for libcurl; its last words tell them apart.
        let stage = self.collector.isMail ? self.collector.stage : nil
        if let stage, let reply = self.collector.reply, reply.code >= 400 {
            return TransferError(
                kind: .smtpRefused(stage),
                message: Curl.words(for: code),
                requestLeft: left,
                reply: reply,
                stage: stage
            )
        }
        let kind = self.collector.isTooLarge ? .tooLarge : Self.kind(of: code, requestLeft: left)
        return TransferError(kind: kind, message: self.words(for: code), requestLeft: left, stage: stage)
    }

    private static func kind(of code: CURLcode, requestLeft: Bool) -> TransferError.Kind {
        switch code {
        case CURLE_URL_MALFORMAT: .invalidURL
        // Also what libcurl calls an answer in HTTP/0.9.
        case CURLE_UNSUPPORTED_PROTOCOL: requestLeft ? .badResponse : .invalidURL
        case CURLE_COULDNT_RESOLVE_HOST: .resolve
        case CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED: .connect
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_USE_SSL_FAILED, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_ENGINE_INITFAILED:
            .tls
        case CURLE_LOGIN_DENIED: .smtpRefused(.auth)
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE, CURLE_SSL_SHUTDOWN_FAILED:
            .connectionLost
        case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING, CURLE_REMOTE_ACCESS_DENIED: .badResponse
        default: .engine
        }
    }
}
