import CLibCurl
private import Foundation

// Every pointer of this room is in this file: `grep -rnw unsafe Sources/Transport` lists it and no other.

/// libcurl, set up once for the process.
enum Curl {
    /// libcurl since 7.84 locks in here by itself, where it was built with threads.
    static let isReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

    static func words(for code: CURLcode) -> String { unsafe String(cString: curl_easy_strerror(code)) }
}

/// One transfer of libcurl's: its options, and the callbacks that fill `collector`. Bound to the engine's thread.
@safe final class EasyHandle {
    let collector: Collector
    fileprivate let pointer: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private var lists = unsafe [UnsafeMutablePointer<curl_slist>]()
    private var sockets: SocketSet?

    /// - Parameter id: what `MultiHandle.nextFinished` gives back.
    init(id: UInt, collector: Collector) throws(TransferError) {
        guard Curl.isReady, let pointer = unsafe curl_easy_init() else { throw Self.failure("curl_easy_init") }
        unsafe self.pointer = pointer
        self.collector = collector
        unsafe self.errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe self.errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        let context = unsafe Unmanaged.passUnretained(collector).toOpaque()
        try unsafe self.check(clibcurl_set_pointer(pointer, CURLOPT_PRIVATE, UnsafeMutableRawPointer(bitPattern: id)))
        try unsafe self.check(clibcurl_set_pointer(pointer, CURLOPT_ERRORBUFFER, self.errorText))
        try unsafe self.check(clibcurl_set_write_function(pointer, CURLOPT_WRITEFUNCTION, takeBody))
        try unsafe self.check(clibcurl_set_pointer(pointer, CURLOPT_WRITEDATA, context))
        try unsafe self.check(clibcurl_set_write_function(pointer, CURLOPT_HEADERFUNCTION, takeLine))
        try unsafe self.check(clibcurl_set_pointer(pointer, CURLOPT_HEADERDATA, context))
    }

    deinit {
        unsafe curl_easy_cleanup(self.pointer)
        unsafe self.lists.forEach { unsafe curl_slist_free_all($0) }
        unsafe self.errorText.deallocate()
    }

    func set(_ option: CURLoption, _ value: Int) throws(TransferError) {
        try unsafe self.check(clibcurl_set_long(self.pointer, option, value))
    }

    func set(_ option: CURLoption, _ value: Bool) throws(TransferError) {
        try self.set(option, value ? 1 : 0)
    }

    /// Sets milliseconds; libcurl takes 0 for its own default, so the shortest is 1.
    func set(_ option: CURLoption, _ value: Duration) throws(TransferError) {
        try self.set(option, max(1, min(value.milliseconds, Int(Int32.max))))
    }

    /// libcurl copies the text.
    func set(_ option: CURLoption, _ value: String) throws(TransferError) {
        try unsafe self.check(clibcurl_set_string(self.pointer, option, value))
    }

    /// libcurl does not copy the list: it lives as long as the handle.
    func set(_ option: CURLoption, _ values: [String]) throws(TransferError) {
        var list: UnsafeMutablePointer<curl_slist>?
        for value in values {
            guard let longer = unsafe curl_slist_append(list, value) else {
                unsafe curl_slist_free_all(list)
                throw Self.failure("curl_slist_append")
            }
            unsafe list = longer
        }
        if let list = unsafe list { unsafe self.lists.append(list) }
        try unsafe self.check(clibcurl_set_list(self.pointer, option, list))
    }

    /// Sets a body, which libcurl copies.
    func setBody(_ body: [UInt8]) throws(TransferError) {
        try unsafe self.check(clibcurl_set_offset(self.pointer, CURLOPT_POSTFIELDSIZE_LARGE, body.count))
        // The size comes first: without it libcurl would look for a NUL.
        var bytes = body
        try unsafe self.check(clibcurl_set_pointer(self.pointer, CURLOPT_COPYPOSTFIELDS, &bytes))
    }

    /// Has the mail of `count` bytes read from the collector, and the commands noted there.
    func setMail(count: Int, sockets: SocketSet) throws(TransferError) {
        let context = unsafe Unmanaged.passUnretained(self.collector).toOpaque()
        try unsafe self.check(clibcurl_set_offset(self.pointer, CURLOPT_INFILESIZE_LARGE, count))
        try unsafe self.check(clibcurl_set_read_function(self.pointer, giveMail))
        try unsafe self.check(clibcurl_set_pointer(self.pointer, CURLOPT_READDATA, context))
        try unsafe self.check(clibcurl_set_debug_function(self.pointer, noteCommand))
        try unsafe self.check(clibcurl_set_pointer(self.pointer, CURLOPT_DEBUGDATA, context))
        try unsafe self.check(clibcurl_set_progress_function(self.pointer, goOn))
        try unsafe self.check(clibcurl_set_pointer(self.pointer, CURLOPT_XFERINFODATA, context))
        try self.set(CURLOPT_NOPROGRESS, false)
        // A connection whose last reply is still to come would be kept, and that reply taken for the next mail's.
        self.collector.whenAbandoned = { [unowned self] in try? self.set(CURLOPT_FORBID_REUSE, true) }
        self.sockets = sockets
        let set = unsafe Unmanaged.passUnretained(sockets).toOpaque()
        try unsafe self.check(clibcurl_set_sockopt_function(self.pointer, socketOpened))
        try unsafe self.check(clibcurl_set_pointer(self.pointer, CURLOPT_SOCKOPTDATA, set))
        try unsafe self.check(clibcurl_set_closesocket_function(self.pointer, closeSocket))
        try unsafe self.check(clibcurl_set_pointer(self.pointer, CURLOPT_CLOSESOCKETDATA, set))
    }

    /// Has the collector told when a connection stands and the request is about to leave.
    func setNoticeOfRequest() throws(TransferError) {
        let context = unsafe Unmanaged.passUnretained(self.collector).toOpaque()
        try unsafe self.check(clibcurl_set_prereq_function(self.pointer, requestLeaves))
        try unsafe self.check(clibcurl_set_pointer(self.pointer, CURLOPT_PREREQDATA, context))
    }

    /// The status of the HTTP answer.
    var status: Int {
        var status = 0
        return unsafe clibcurl_get_long(self.pointer, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK ? status : 0
    }

    /// libcurl's words for what went wrong in this transfer.
    func words(for code: CURLcode) -> String {
        let detail = unsafe String(cString: self.errorText)
        return detail.isEmpty ? Curl.words(for: code) : detail
    }

    private func check(_ code: CURLcode) throws(TransferError) {
        guard code == CURLE_OK else { throw Self.failure(Curl.words(for: code)) }
    }

    fileprivate static func failure(_ message: String) -> TransferError {
        TransferError(kind: .engine, message: message, requestLeft: false)
    }
}

/// libcurl's loop over many transfers, and its connections. Bound to the engine's thread, but for `Waker`.
@safe final class MultiHandle {
    /// The sockets of mail connections that are open.
    let sockets = SocketSet()
    private let pointer: UnsafeMutableRawPointer

    init(maximumConnectionsPerHost: Int) throws(TransferError) {
        guard Curl.isReady, let pointer = unsafe curl_multi_init() else { throw EasyHandle.failure("curl_multi_init") }
        unsafe self.pointer = pointer
        try unsafe Self.check(clibcurl_multi_set_long(pointer, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING)))
        // The engine never has more transfers under way, so this makes room by closing idle connections, and never
        // makes a transfer wait inside libcurl, where no deadline would reach it.
        try unsafe Self.check(
            clibcurl_multi_set_long(pointer, CURLMOPT_MAX_HOST_CONNECTIONS, maximumConnectionsPerHost)
        )
        // Told not to touch signals, libcurl leaves SIGPIPE to us, and OpenSSL may provoke one: not in this thread.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGPIPE)
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    deinit {
        self.sockets.stopReading()
        unsafe curl_multi_cleanup(self.pointer)
    }

    func add(_ easy: EasyHandle) throws(TransferError) {
        try unsafe Self.check(curl_multi_add_handle(self.pointer, easy.pointer))
    }

    /// Takes out a transfer that came to its end.
    func remove(_ easy: EasyHandle) {
        unsafe curl_multi_remove_handle(self.pointer, easy.pointer)
    }

    /// Takes out a transfer that is under way, and closes its connection.
    ///
    /// With a mail libcurl has to hear of it before: asked to let go of one, 7.88 ends the message with a dot wherever it is,
    /// which has the server deliver half of it, and waits for the reply.
    func breakOff(_ easy: EasyHandle) {
        if easy.collector.isMail {
            easy.collector.abandon()
            self.perform()
        }
        self.remove(easy)
    }

    /// Moves every transfer as far as it goes without waiting.
    func perform() {
        var running: CInt = 0
        unsafe curl_multi_perform(self.pointer, &running)
    }

    /// Waits until a socket is ready, one of libcurl's timers is due, a `Waker` calls, or `limit` is over.
    func wait(atMost limit: Duration) {
        let milliseconds = CInt(max(0, min(limit.milliseconds, 60_000)))
        unsafe curl_multi_poll(self.pointer, nil, 0, milliseconds, nil)
    }

    /// The id of a transfer that came to its end, and libcurl's verdict; nil when there is no further one.
    func nextFinished() -> (id: UInt, code: CURLcode)? {
        var waiting: CInt = 0
        while let message = unsafe curl_multi_info_read(self.pointer, &waiting) {
            guard unsafe message.pointee.msg == CURLMSG_DONE else { continue }
            var id: UnsafeMutableRawPointer?
            unsafe clibcurl_get_private(message.pointee.easy_handle, &id)
            return unsafe (UInt(bitPattern: id), message.pointee.data.result)
        }
        return nil
    }

    /// Ends a wait from any thread. Good only while the handle lives, which its holder has to see to.
    struct Waker: Sendable {
        fileprivate let address: UInt

        func wake() {
            if let multi = unsafe UnsafeMutableRawPointer(bitPattern: self.address) { unsafe curl_multi_wakeup(multi) }
        }
    }

    var waker: Waker { unsafe Waker(address: UInt(bitPattern: self.pointer)) }

    private static func check(_ code: CURLMcode) throws(TransferError) {
        guard code == CURLM_OK else { throw unsafe EasyHandle.failure(String(cString: curl_multi_strerror(code))) }
    }
}

/// The open sockets of mail connections.
///
/// libcurl says QUIT when it closes one, and waits for the reply, up to two minutes and with everything else standing.
final class SocketSet {
    fileprivate var open: Set<CInt> = []

    /// Ends the reading side of each, so that QUIT goes out and nobody waits for the reply.
    fileprivate func stopReading() {
        for socket in self.open { _ = shutdown(socket, CInt(SHUT_RD)) }
    }
}

// MARK: - Callbacks

private func collector(_ context: UnsafeMutableRawPointer?) -> Collector? {
    unsafe context.map { unsafe Unmanaged<Collector>.fromOpaque($0).takeUnretainedValue() }
}

private func takeBody(
    bytes: UnsafeMutablePointer<CChar>?,
    size: Int,
    count: Int,
    context: UnsafeMutableRawPointer?
) -> Int {
    let piece = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    return unsafe collector(context)?.takeBody(piece) == true ? piece.count : 0
}

private func takeLine(
    bytes: UnsafeMutablePointer<CChar>?,
    size: Int,
    count: Int,
    context: UnsafeMutableRawPointer?
) -> Int {
    let line = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    return unsafe collector(context)?.takeLine(line) == true ? line.count : 0
}

private func giveMail(
    buffer: UnsafeMutablePointer<CChar>?,
    size: Int,
    count: Int,
    context: UnsafeMutableRawPointer?
) -> Int {
    guard let collector = unsafe collector(context), !collector.mustEnd() else { return Int(CURL_READFUNC_ABORT) }
    let piece = collector.nextPiece(upTo: size * count)
    unsafe UnsafeMutableRawBufferPointer(start: buffer, count: size * count).copyBytes(from: piece)
    return piece.count
}

private func noteCommand(
    handle: UnsafeMutableRawPointer?,
    kind: curl_infotype,
    bytes: UnsafeMutablePointer<CChar>?,
    count: Int,
    context: UnsafeMutableRawPointer?
) -> CInt {
    guard kind == CURLINFO_HEADER_OUT else { return 0 }
    let line = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
    if unsafe collector(context)?.noteCommand(line) == true {
        // The wait for the reply to QUIT holds up every other transfer of this thread.
        unsafe clibcurl_set_long(handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, 1)
    }
    return 0
}

private func goOn(
    context: UnsafeMutableRawPointer?,
    downloadSize: curl_off_t,
    downloaded: curl_off_t,
    uploadSize: curl_off_t,
    uploaded: curl_off_t
) -> CInt {
    unsafe collector(context)?.mustEnd() == false ? 0 : 1
}

private func requestLeaves(
    context: UnsafeMutableRawPointer?,
    remote: UnsafeMutablePointer<CChar>?,
    local: UnsafeMutablePointer<CChar>?,
    remotePort: CInt,
    localPort: CInt
) -> CInt {
    unsafe collector(context)?.leave() == true ? CInt(CURL_PREREQFUNC_OK) : CInt(CURL_PREREQFUNC_ABORT)
}

private func socketOpened(context: UnsafeMutableRawPointer?, socket: CInt, purpose: curlsocktype) -> CInt {
    guard let context = unsafe context else { return CInt(CURL_SOCKOPT_ERROR) }
    unsafe Unmanaged<SocketSet>.fromOpaque(context).takeUnretainedValue().open.insert(socket)
    return CInt(CURL_SOCKOPT_OK)
}

private func closeSocket(context: UnsafeMutableRawPointer?, socket: CInt) -> CInt {
    guard let context = unsafe context else { return 1 }
    unsafe Unmanaged<SocketSet>.fromOpaque(context).takeUnretainedValue().open.remove(socket)
    return close(socket)
}

extension Duration {
    /// Whole milliseconds, rounded up, so that a wait never ends just before its time.
    fileprivate var milliseconds: Int {
        let (seconds, attoseconds) = self.components
        guard abs(seconds) < 1 << 40 else { return seconds < 0 ? 0 : Int.max }
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
