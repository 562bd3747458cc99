/** Invented people speak several languages: a region has its own names, in its own script. */

type Names = readonly [string, ...string[]];

export interface Culture {
  readonly region: string;
  readonly language: string;
  readonly women: Names;
  readonly men: Names;
  readonly families: Names;
  readonly streets: Names;
  readonly districts: Names;
  /** A second given name, where the culture has one. */
  readonly second: Names | undefined;
}

export const CULTURES: readonly [Culture, ...Culture[]] = [
  {
    region: 'Costa Brisa',
    language: 'spa',
    women: ['María', 'Lucía', 'Inés', 'Begoña', 'Concepción', 'Ana Belén', 'Zoë', 'Nuria'],
    men: ['José', 'Andrés', 'Íñigo', 'Martín', 'Óscar', 'Joaquín', 'Ramón', 'Iván'],
    families: ['Núñez Peña', 'García Ibáñez', 'Muñoz Güell', 'Castro', 'Ríos Quispe', "O'Neill Díaz", 'Ávila'],
    streets: ['Calle del Peñón', 'Avenida Miramar', 'Camino Ñandú'],
    districts: ['Puerto Brisa', 'Alto Peñón', 'Las Águilas', 'Vega Honda'],
    second: ['Pilar', 'Jesús', 'Ángeles', 'Belén'],
  },
  {
    region: 'Северный берег',
    language: 'rus',
    women: ['Алёна', 'Ольга', 'Зоя', 'Ксения', 'Людмила', 'Юлия', 'Фёкла'],
    men: ['Пётр', 'Игорь', 'Фёдор', 'Юрий', 'Щукарь', 'Артём', 'Эдуард'],
    families: ['Соловьёв', 'Кузнецова', 'Щербак', 'Йовчев', 'Медведь', 'Журавль'],
    streets: ['улица Озёрная', 'Берёзовый переулок', 'Заречная'],
    districts: ['Озёрск', 'Белый Мыс', 'Заречье', 'Ёлкино'],
    second: ['Петровна', 'Игоревич', 'Юрьевна', 'Фёдорович'],
  },
  {
    region: 'الساحل الشرقي',
    language: 'ara',
    women: ['فاطمة', 'مريم', 'ليلى', 'نور', 'سلمى', 'هُدى'],
    men: ['أحمد', 'يوسف', 'إبراهيم', 'عمر', 'سامي', 'طارق'],
    families: ['البحري', 'النجّار', 'الحدّاد', 'المنصوري', 'الزيتوني'],
    streets: ['شارع النخيل', 'طريق الميناء', 'شارع الزيتون'],
    districts: ['الميناء', 'النخيل', 'الواحة', 'الجبل'],
    second: undefined,
  },
  {
    region: 'पहाड़ी प्रदेश',
    language: 'hin',
    women: ['सीता', 'लक्ष्मी', 'अनीता', 'प्रिया', 'राधा', 'मीना'],
    men: ['राम', 'कृष्ण', 'अर्जुन', 'विष्णु', 'गणेश', 'हरि'],
    families: ['शर्मा', 'तामाङ', 'गुरुङ', 'थापा', 'श्रेष्ठ'],
    streets: ['मन्दिर मार्ग', 'पहाड़ी रोड', 'नदी किनारा'],
    districts: ['ऊपरी घाटी', 'निचली घाटी', 'झरना', 'शिखर'],
    second: ['कुमार', 'देवी', 'बहादुर'],
  },
  {
    region: 'Đảo Trung Tâm',
    language: 'vie',
    women: ['Ngọc Ánh', 'Thị Hồng', 'Mỹ Duyên', 'Quỳnh', '美玲', 'ማርታ', 'Ayşe'],
    men: ['Đức', 'Văn Hưng', 'Tuấn', 'Bảo', '志明', 'ዳዊት', 'Çağrı'],
    families: ['Nguyễn', 'Trần', 'Phạm', '陳', 'ተስፋዬ', 'Şahin', 'Müller', 'Straße'],
    streets: ['Đường Biển Xanh', 'Phố Hàng Sáo', 'Ngõ Trúc'],
    districts: ['Biển Xanh', 'Hàng Sáo', 'Trúc Lâm', 'Cồn Én'],
    second: ['Thị', 'Văn', 'Đình'],
  },
];
