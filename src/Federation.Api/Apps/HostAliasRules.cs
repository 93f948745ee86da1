using System.Net;
using Federation.Api.Validation;

namespace Federation.Api.Apps;

internal static class HostAliasRules
{
    public static void Validate(IReadOnlyList<HostAlias> aliases, FieldPath path, FieldErrors errors)
    {
        for (var i = 0; i < aliases.Count; i++)
        {
            var (alias, at) = (aliases[i], path.Index(i));
            if (alias.Ip.Length == 0)
                errors.Required(at.Child("ip"));
            else if (!IPAddress.TryParse(alias.Ip, out _))
                errors.Invalid(at.Child("ip"), alias.Ip, "must be an IP address");
            if (alias.Hostnames.Count == 0)
                errors.Required(at.Child("hostnames"));
            for (var j = 0; j < alias.Hostnames.Count; j++)
            {
                if (!Syntax.IsDns1123Subdomain(alias.Hostnames[j]))
                    errors.Invalid(at.Child("hostnames").Index(j), alias.Hostnames[j], Syntax.Dns1123SubdomainRule);
            }
        }
    }
}
