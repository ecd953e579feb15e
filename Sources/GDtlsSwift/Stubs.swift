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
    let o = g_object_new_with_properties(g_tls_backend_get_certificate_type(g_tls_backend_get_default()), 1, &names, &v)
    return PeerJudgement(flags: G_TLS_CERTIFICATE_UNKNOWN_CA, certificate: GRef(taking: UnsafeMutableRawPointer(o.unsafelyUnwrapped).assumingMemoryBound(to: GTlsCertificate.self))) }
func credentials(of c: UnsafeMutablePointer<GTlsCertificate>) throws -> Credentials {
    func bytes(_ n: String) -> [UInt8]? {
        var v = GValue(); g_value_init(&v, g_byte_array_get_type())
        g_object_get_property(UnsafeMutableRawPointer(c).assumingMemoryBound(to: GObject.self), n, &v)
        guard let b = g_value_get_boxed(&v)?.assumingMemoryBound(to: GByteArray.self) else { return nil }
        return Array(UnsafeBufferPointer(start: b.pointee.data, count: Int(b.pointee.len)))
    }
    return Credentials(chain: [try X509Certificate(der: bytes("certificate") ?? [])], key: try bytes("private-key").map { try PrivateKey(der: $0) })
}
class DatabaseObject: ObjectImpl, @unchecked Sendable {}
enum DefaultDatabase { static func ofProcess() -> GRef<UnsafeMutablePointer<GTlsDatabase>>? { nil } }
