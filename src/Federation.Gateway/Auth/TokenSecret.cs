using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Federation.Gateway.Auth;

/// <summary>Bearer tokens: 256 random bits, of which only a hash is kept.</summary>
internal static class TokenSecret
{
    private const int NameLength = 40;

    /// <summary>Longer than any token made here; what is longer is not hashed.</summary>
    public const int LongestToken = 512;

    public static string Create() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>Lower-case hex SHA-256.</summary>
    public static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    /// <summary>The name of the credential with this hash: found without a search, and useless for guessing the token.</summary>
    public static string CredentialName(string hash) => $"c-{hash.AsSpan(0, NameLength)}";

    public static bool AreEqual(string left, string right) => CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(left), Encoding.ASCII.GetBytes(right));
}
