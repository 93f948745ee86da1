using System.Security.Cryptography;
using System.Text;
using Federation.Api.Agents;

namespace MemberCluster.Agent.Pods;

/// <summary>Names of pods: <c>&lt;app&gt;-&lt;template&gt;-&lt;machine and uid&gt;-&lt;ordinal&gt;</c>, at most 63 characters, as a host name may have.</summary>
/// <remarks>
/// A name is a function of what the pod is, without randomness: an agent that died while the engine made a pod asks for the same name
/// again and finds it taken by its own pod, instead of making a second one. The third part keeps machines, and apps of the same name
/// after each other, apart.
/// </remarks>
internal static class PodNames
{
    private const int Longest = 63;
    private const int PartLength = 5;

    // No vowels and no look-alikes: a name never spells a word.
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    /// <param name="scope">Of the machine, unique in the federation.</param>
    /// <param name="work">Whose pod it is.</param>
    /// <param name="ordinal">Among the pods of one template on the machine.</param>
    /// <param name="attempt">How many pods of an index came before it; 0 adds nothing to the name.</param>
    public static string Of(string scope, Work work, int ordinal, int attempt = 0)
    {
        var tail = $"-{Short(work.TemplateHash)}-{Short($"{scope}/{work.Uid}")}-{ordinal}{(attempt == 0 ? "" : $"-{attempt}")}";
        var owner = work.Name.Length + tail.Length <= Longest ? work.Name : work.Name[..(Longest - tail.Length)].TrimEnd('-', '.');
        return owner + tail;
    }

    /// <summary>A pet's: <c>&lt;set&gt;-&lt;ordinal&gt;</c>, the same wherever it runs.</summary>
    public static string OfPet(Work work, int ordinal) => $"{work.Name}-{ordinal}";

    /// <summary>What tells the containers of one work from those of others on the same engine.</summary>
    public static string ScopeOf(string workUid) => Short(workUid);

    private static string Short(string text)
    {
        var digest = BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        return string.Create(PartLength, digest, static (span, number) =>
        {
            foreach (ref var letter in span)
            {
                letter = Alphabet[(int)(number % (ulong)Alphabet.Length)];
                number /= (ulong)Alphabet.Length;
            }
        });
    }
}
