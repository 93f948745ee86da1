using System.Text;

namespace MemberCluster.Agent.Data;

/// <summary>Kubernetes' <c>$(NAME)</c>: a variable that is known is put in, one that is not stays as written, and <c>$$</c> is one dollar sign. Pure.</summary>
internal static class Expansion
{
    public static string Expand(string text, IReadOnlyDictionary<string, string> variables)
    {
        if (!text.Contains('$'))
            return text;
        var result = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '$' || at + 1 == text.Length)
            {
                result.Append(text[at]);
                continue;
            }

            if (text[at + 1] == '$')
            {
                result.Append('$');
                at++;
            }
            else if (text[at + 1] == '(' && text.IndexOf(')', at + 2) is var end and > 0)
            {
                result.Append(variables.TryGetValue(text[(at + 2)..end], out var value) ? value : text[at..(end + 1)]);
                at = end;
            }
            else
            {
                result.Append('$');
            }
        }

        return result.ToString();
    }
}
