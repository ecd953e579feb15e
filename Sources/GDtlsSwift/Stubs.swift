internal import CGIO
internal import DTLSEngine
internal import GObjectKit
struct PeerJudgement { let flags: GTlsCertificateFlags; let certificate: GRef<UnsafeMutablePointer<GTlsCertificate>> }
func verifyPeer(chain: [X509Certificate], database: UnsafeMutablePointer<GTlsDatabase>?, identity: OpaquePointer?, peerIsServer: Bool) -> PeerJudgement {
    var v = GValue(); g_value_init(&v, g_byte_array_get_type())
    let a = g_byte_array_new(); let der = chain[0].der
    der.withUnsafeBufferPointer { _ = g_byte_array_append(a, $0.baseAddress, guint($0.count)) }
    g_value_take_boxed(&v, a)
    var names: [UnsafePointer<CChar>?] = [UnsafePointer(g_strdup("certificate"))]
    if let vc { return PeerJudgement(flags: G_TLS_CERTIFICATE_UNKNOWN_CA, certificate: vc) }
    let o = g_object_new_with_properties(g_tls_backend_get_certificate_type(g_tls_backend_get_default()), 1, &names, &v)
    vc = GRef(taking: UnsafeMutableRawPointer(o.unsafelyUnwrapped).assumingMemoryBound(to: GTlsCertificate.self)); return PeerJudgement(flags: G_TLS_CERTIFICATE_UNKNOWN_CA, certificate: vc.unsafelyUnwrapped) }
nonisolated(unsafe) var vc: GRef<UnsafeMutablePointer<GTlsCertificate>>?
nonisolated(unsafe) var cc: Credentials?
func credentials(of c: UnsafeMutablePointer<GTlsCertificate>) throws -> Credentials {
    if let cc { return cc }; defer { }

    func bytes(_ n: String) -> [UInt8]? {
        var v = GValue(); g_value_init(&v, g_byte_array_get_type())
        g_object_get_property(UnsafeMutableRawPointer(c).assumingMemoryBound(to: GObject.self), n, &v)
        guard let b = g_value_get_boxed(&v)?.assumingMemoryBound(to: GByteArray.self) else { return nil }
        return Array(UnsafeBufferPointer(start: b.pointee.data, count: Int(b.pointee.len)))
    }
    cc = Credentials(chain: [try X509Certificate(der: bytes("certificate") ?? [])], key: try bytes("private-key").map { try PrivateKey(der: $0) }); return cc.unsafelyUnwrapped
}
class DatabaseObject: ObjectImpl, @unchecked Sendable {}
enum DefaultDatabase { static func ofProcess() -> GRef<UnsafeMutablePointer<GTlsDatabase>>? { nil } }
enum CertificateObject { static var gtype: GType { .invalid } }
enum FileDatabaseObject { static var gtype: GType { .invalid } }
extension DefaultDatabase { static func shared() -> UnsafeMutablePointer<GTlsDatabase>? { nil } }
