using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MemberCluster.Agent.ClusterRole.Listening;

/// <summary>What node and cluster agents prove themselves with. Both sides use this class.</summary>
/// <remarks>
/// A token that was made here, <c>fnt1.&lt;fingerprint&gt;.&lt;secret&gt;</c>, tells the node which certificate to expect before it sends the secret.
/// A preset secret tells no certificate: the node sends a proof that it knows the secret, bound to the certificate that it sees, and expects such a proof
/// back. Whoever stands between the two shows another certificate, learns nothing from the proof, and cannot answer it.
/// </remarks>
internal static class NodeSecrets
{
    private const string TokenPrefix = "fnt1.";
    private const string ProofPrefix = "fnp1.";

    /// <summary>A preset secret is guessed from a proof if it is short.</summary>
    public const int LeastPresetLength = 16;

    public static string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>Lower-case hex SHA-256.</summary>
    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    public static string FingerprintOf(X509Certificate2 certificate) => Base64Url.EncodeToString(certificate.GetCertHash(HashAlgorithmName.SHA256));

    public static bool AreEqual(string left, string right) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(left), Encoding.UTF8.GetBytes(right));

    public static string TokenOf(string fingerprint, string secret) => $"{TokenPrefix}{fingerprint}.{secret}";

    public static bool TryReadToken(string token, [NotNullWhen(true)] out string? fingerprint, [NotNullWhen(true)] out string? secret)
    {
        var parts = token.StartsWith(TokenPrefix, StringComparison.Ordinal) ? token[TokenPrefix.Length..].Split('.') : [];
        (fingerprint, secret) = parts is [{ Length: > 0 } first, { Length: > 0 } second] ? (first, second) : (null, null);
        return fingerprint is not null && secret is not null;
    }

    /// <summary>What a node sends in place of a preset secret.</summary>
    public static (string Proof, string Nonce) ProofOf(string preset, string fingerprint, string node)
    {
        var nonce = NewSecret();
        return ($"{ProofPrefix}{nonce}.{Sign(preset, "node", nonce, fingerprint, node)}", nonce);
    }

    /// <summary>The nonce of a node's proof; null when it does not know the secret, or sees another certificate.</summary>
    public static string? Verify(string proof, string preset, string fingerprint, string node)
    {
        var parts = proof.StartsWith(ProofPrefix, StringComparison.Ordinal) ? proof[ProofPrefix.Length..].Split('.') : [];
        return parts is [var nonce, var signature] && AreEqual(signature, Sign(preset, "node", nonce, fingerprint, node)) ? nonce : null;
    }

    /// <summary>What a cluster agent answers to a node's proof.</summary>
    public static string AnswerOf(string preset, string nonce, string fingerprint, string node) => Sign(preset, "cluster", nonce, fingerprint, node);

    private static string Sign(string preset, string role, string nonce, string fingerprint, string node) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(preset), Encoding.UTF8.GetBytes($"{role}\n{nonce}\n{fingerprint}\n{node}")));
}
